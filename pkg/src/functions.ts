/**
 * The functions of `F`. Generated from the engine's registry by `cargo run --example functions`: changes belong there.
 */
import { call, type ColumnArg, type ParamSpec } from "./call.js";
import type { Column } from "./column.js";
import * as special from "./functions-special.js";

type Text = string | Column;
type Numeric = number | bigint | Column;
type Flag = boolean | Column;
type Columns = readonly (ColumnArg | readonly ColumnArg[])[];

const column = (name: string, optional?: boolean, variadic?: boolean): ParamSpec => ({ name, string: "column", optional, variadic });
const literal = (name: string, optional?: boolean, variadic?: boolean): ParamSpec => ({ name, string: "literal", optional, variadic });

const P0: readonly ParamSpec[] = [column("col")];
const P1: readonly ParamSpec[] = [column("col", false, true)];
const P2: readonly ParamSpec[] = [column("col"), literal("rsd", true)];
const P3: readonly ParamSpec[] = [column("col"), literal("ignoreNulls", true)];
const P4: readonly ParamSpec[] = [column("col1"), column("col2")];
const P5: readonly ParamSpec[] = [column("col"), literal("deterministic", true)];
const P6: readonly ParamSpec[] = [column("col"), literal("percentage"), literal("frequency", true)];
const P7: readonly ParamSpec[] = [column("col"), literal("percentage"), literal("accuracy", true)];
const P8: readonly ParamSpec[] = [column("col"), column("ord")];
const P9: readonly ParamSpec[] = [column("col"), literal("delimiter", true)];
const P10: readonly ParamSpec[] = [column("y"), column("x")];
const P11: readonly ParamSpec[] = [column("cols", true, true)];
const P12: readonly ParamSpec[] = [column("str")];
const P13: readonly ParamSpec[] = [column("str"), column("trim", true)];
const P14: readonly ParamSpec[] = [column("str"), column("len"), literal("pad", true)];
const P15: readonly ParamSpec[] = [column("str"), column("pos"), column("len", true)];
const P16: readonly ParamSpec[] = [column("str"), literal("delim"), literal("count")];
const P17: readonly ParamSpec[] = [column("str"), column("len")];
const P18: readonly ParamSpec[] = [column("str"), literal("substr")];
const P19: readonly ParamSpec[] = [literal("substr"), column("str"), literal("pos", true)];
const P20: readonly ParamSpec[] = [column("src"), column("search"), column("replace", true)];
const P21: readonly ParamSpec[] = [column("src"), literal("matching"), literal("replace")];
const P22: readonly ParamSpec[] = [column("str"), column("n")];
const P23: readonly ParamSpec[] = [literal("sep"), column("cols", true, true)];
const P24: readonly ParamSpec[] = [column("str"), literal("pattern"), column("limit", true)];
const P25: readonly ParamSpec[] = [column("src"), column("delimiter"), column("partNum")];
const P26: readonly ParamSpec[] = [column("str"), literal("pattern"), literal("idx", true)];
const P27: readonly ParamSpec[] = [column("str"), column("regexp"), column("idx", true)];
const P28: readonly ParamSpec[] = [column("str"), literal("pattern"), literal("replacement"), literal("position", true)];
const P29: readonly ParamSpec[] = [column("str"), column("regexp")];
const P30: readonly ParamSpec[] = [column("str"), column("pattern"), literal("escape", true)];
const P31: readonly ParamSpec[] = [column("left"), column("right")];
const P32: readonly ParamSpec[] = [column("str"), column("prefix")];
const P33: readonly ParamSpec[] = [column("str"), column("suffix")];
const P34: readonly ParamSpec[] = [column("left"), column("right"), literal("threshold", true)];
const P35: readonly ParamSpec[] = [column("n")];
const P36: readonly ParamSpec[] = [column("col"), literal("numBits")];
const P37: readonly ParamSpec[] = [column("col"), literal("d")];
const P38: readonly ParamSpec[] = [literal("format"), column("cols", true, true)];
const P39: readonly ParamSpec[] = [column("src"), column("replace"), column("pos"), column("len", true)];
const P40: readonly ParamSpec[] = [column("str"), column("strArray")];
const P41: readonly ParamSpec[] = [column("n"), column("inputs", false, true)];
const P42: readonly ParamSpec[] = [column("col"), literal("charset")];
const P43: readonly ParamSpec[] = [column("col"), column("scale", true)];
const P44: readonly ParamSpec[] = [column("arg1"), column("arg2", true)];
const P45: readonly ParamSpec[] = [column("col1"), column("cols", false, true)];
const P46: readonly ParamSpec[] = [column("dividend"), column("divisor")];
const P47: readonly ParamSpec[] = [literal("seed", true)];
const P48: readonly ParamSpec[] = [column("col"), literal("fromBase"), literal("toBase")];
const P49: readonly ParamSpec[] = [column("col"), column("pos")];
const P50: readonly ParamSpec[] = [column("v"), column("min"), column("max"), column("numBucket")];
const P51: readonly ParamSpec[] = [];
const P52: readonly ParamSpec[] = [column("start"), column("days")];
const P53: readonly ParamSpec[] = [column("end"), column("start")];
const P54: readonly ParamSpec[] = [column("start"), column("months")];
const P55: readonly ParamSpec[] = [column("date1"), column("date2"), literal("roundOff", true)];
const P56: readonly ParamSpec[] = [column("date"), literal("dayOfWeek")];
const P57: readonly ParamSpec[] = [column("date"), literal("format")];
const P58: readonly ParamSpec[] = [literal("format"), column("timestamp")];
const P59: readonly ParamSpec[] = [column("col"), literal("format", true)];
const P60: readonly ParamSpec[] = [column("timestamp", true), literal("format", true)];
const P61: readonly ParamSpec[] = [column("timestamp"), literal("format", true)];
const P62: readonly ParamSpec[] = [column("year"), column("month"), column("day")];
const P63: readonly ParamSpec[] = [column("years"), column("months"), column("days"), column("hours"), column("mins"), column("secs")];
const P64: readonly ParamSpec[] = [column("days")];
const P65: readonly ParamSpec[] = [literal("field"), column("source")];
const P66: readonly ParamSpec[] = [literal("unit"), column("quantity"), column("ts")];
const P67: readonly ParamSpec[] = [column("start"), column("amount"), literal("unit")];
const P68: readonly ParamSpec[] = [literal("unit"), column("start"), column("end")];
const P69: readonly ParamSpec[] = [column("cols", false, true)];
const P70: readonly ParamSpec[] = [column("col1"), column("col2"), column("col3")];
const P71: readonly ParamSpec[] = [column("condition"), column("then"), column("otherwise")];
const P72: readonly ParamSpec[] = [column("col"), literal("value")];
const P73: readonly ParamSpec[] = [column("col"), column("pos"), literal("value")];
const P74: readonly ParamSpec[] = [column("col"), literal("asc", true)];
const P75: readonly ParamSpec[] = [column("col"), literal("delimiter"), literal("nullReplacement", true)];
const P76: readonly ParamSpec[] = [column("col"), column("count")];
const P77: readonly ParamSpec[] = [column("x"), column("start"), column("length")];
const P78: readonly ParamSpec[] = [column("col"), literal("extraction")];
const P79: readonly ParamSpec[] = [column("col"), column("extraction")];
const P80: readonly ParamSpec[] = [column("col"), column("index")];
const P81: readonly ParamSpec[] = [column("start"), column("stop"), column("step", true)];
const P82: readonly ParamSpec[] = [literal("cols", false, true)];
const P83: readonly ParamSpec[] = [column("keys"), column("values")];
const P84: readonly ParamSpec[] = [column("maps", false, true)];
const P85: readonly ParamSpec[] = [column("text"), literal("pairDelim", true), literal("keyValueDelim", true)];
const P86: readonly ParamSpec[] = [column("col"), literal("path")];
const P87: readonly ParamSpec[] = [column("col"), literal("schema"), literal("options", true)];
const P88: readonly ParamSpec[] = [column("col"), literal("options", true)];
const P89: readonly ParamSpec[] = [column("col"), literal("fields", false, true)];
const P90: readonly ParamSpec[] = [literal("n"), column("cols", false, true)];
const P91: readonly ParamSpec[] = [literal("n")];
const P92: readonly ParamSpec[] = [column("col"), literal("offset", true), literal("default", true)];
const P93: readonly ParamSpec[] = [column("col"), literal("n"), literal("ignoreNulls", true)];
const P94: readonly ParamSpec[] = [literal("errMsg")];

export const F = Object.freeze({
  // ---- aggregates

  /** Sum of the values that are not NULL; NULL without any. A sum of integers wraps around at 64 bits. */
  sum: (col: ColumnArg): Column => call("sum", [col], P0),

  /** Mean of the values that are not NULL. */
  avg: (col: ColumnArg): Column => call("avg", [col], P0),

  /** Mean of the values that are not NULL. */
  mean: (col: ColumnArg): Column => call("mean", [col], P0),

  /** Least value. */
  min: (col: ColumnArg): Column => call("min", [col], P0),

  /** Greatest value. */
  max: (col: ColumnArg): Column => call("max", [col], P0),

  /** Number of rows (`"*"`), or of rows where no argument is NULL. */
  count: (...col: Columns): Column => call("count", [...col], P1),

  /** Number of rows where the condition holds. */
  countIf: (col: ColumnArg): Column => call("countIf", [col], P0),

  /** Number of distinct values, here exact; the permitted deviation is accepted and not used. */
  approxCountDistinct: (col: ColumnArg, rsd?: Numeric): Column => call("approxCountDistinct", [col, rsd], P2),

  /** First value in the order of rows; with `ignoreNulls` the first that is not NULL. */
  first: (col: ColumnArg, ignoreNulls?: Flag): Column => call("first", [col, ignoreNulls], P3),

  /** Last value in the order of rows; with `ignoreNulls` the last that is not NULL. */
  last: (col: ColumnArg, ignoreNulls?: Flag): Column => call("last", [col, ignoreNulls], P3),

  /** Some value of the group: the first. */
  anyValue: (col: ColumnArg, ignoreNulls?: Flag): Column => call("anyValue", [col, ignoreNulls], P3),

  /** Array of the values that are not NULL. */
  collectList: (col: ColumnArg): Column => call("collectList", [col], P0),

  /** Array of the values that are not NULL. */
  arrayAgg: (col: ColumnArg): Column => call("arrayAgg", [col], P0),

  /** Array of the distinct values that are not NULL, in the order of their first appearance. */
  collectSet: (col: ColumnArg): Column => call("collectSet", [col], P0),

  /** Standard deviation of a sample; NULL for fewer than two values. */
  stddev: (col: ColumnArg): Column => call("stddev", [col], P0),

  /** Standard deviation of a sample; NULL for fewer than two values. */
  std: (col: ColumnArg): Column => call("std", [col], P0),

  /** Standard deviation of a sample; NULL for fewer than two values. */
  stddevSamp: (col: ColumnArg): Column => call("stddevSamp", [col], P0),

  /** Standard deviation of a population. */
  stddevPop: (col: ColumnArg): Column => call("stddevPop", [col], P0),

  /** Variance of a sample; NULL for fewer than two values. */
  variance: (col: ColumnArg): Column => call("variance", [col], P0),

  /** Variance of a sample; NULL for fewer than two values. */
  varSamp: (col: ColumnArg): Column => call("varSamp", [col], P0),

  /** Variance of a population. */
  varPop: (col: ColumnArg): Column => call("varPop", [col], P0),

  /** Pearson's correlation of two columns, over rows where both are not NULL. */
  corr: (col1: ColumnArg, col2: ColumnArg): Column => call("corr", [col1, col2], P4),

  /** Covariance of a population. */
  covarPop: (col1: ColumnArg, col2: ColumnArg): Column => call("covarPop", [col1, col2], P4),

  /** Covariance of a sample; NULL for fewer than two pairs. */
  covarSamp: (col1: ColumnArg, col2: ColumnArg): Column => call("covarSamp", [col1, col2], P4),

  /** Skewness; NULL where all values are equal. */
  skewness: (col: ColumnArg): Column => call("skewness", [col], P0),

  /** Excess kurtosis; NULL where all values are equal. */
  kurtosis: (col: ColumnArg): Column => call("kurtosis", [col], P0),

  /** Median, interpolated between the two middle values. */
  median: (col: ColumnArg): Column => call("median", [col], P0),

  /** Most frequent value; among several the least. */
  mode: (col: ColumnArg, deterministic?: Flag): Column => call("mode", [col, deterministic], P5),

  /** Exact percentile (0 to 1, or an array of them), interpolated; each value counts `frequency` times. */
  percentile: (col: ColumnArg, percentage: ColumnArg, frequency?: Numeric): Column => call("percentile", [col, percentage, frequency], P6),

  /** Least value that occurs and at or below which the given share of values lies (0 to 1, or an array), here exact. */
  percentileApprox: (col: ColumnArg, percentage: ColumnArg, accuracy?: Numeric): Column => call("percentileApprox", [col, percentage, accuracy], P7),

  /** Least value that occurs and at or below which the given share of values lies (0 to 1, or an array), here exact. */
  approxPercentile: (col: ColumnArg, percentage: ColumnArg, accuracy?: Numeric): Column => call("approxPercentile", [col, percentage, accuracy], P7),

  /** Are all values true?. */
  boolAnd: (col: ColumnArg): Column => call("boolAnd", [col], P0),

  /** Are all values true?. */
  every: (col: ColumnArg): Column => call("every", [col], P0),

  /** Is some value true?. */
  boolOr: (col: ColumnArg): Column => call("boolOr", [col], P0),

  /** Is some value true?. */
  some: (col: ColumnArg): Column => call("some", [col], P0),

  /** Is some value true?. */
  any: (col: ColumnArg): Column => call("any", [col], P0),

  /** Value of `col` in the row where `ord` is greatest. */
  maxBy: (col: ColumnArg, ord: ColumnArg): Column => call("maxBy", [col, ord], P8),

  /** Value of `col` in the row where `ord` is least. */
  minBy: (col: ColumnArg, ord: ColumnArg): Column => call("minBy", [col, ord], P8),

  /** Values that are not NULL, joined by a delimiter (none by default). */
  listagg: (col: ColumnArg, delimiter?: Text): Column => call("listagg", [col, delimiter], P9),

  /** Values that are not NULL, joined by a delimiter (none by default). */
  stringAgg: (col: ColumnArg, delimiter?: Text): Column => call("stringAgg", [col, delimiter], P9),

  /** Product of the values. */
  product: (col: ColumnArg): Column => call("product", [col], P0),

  /** Bitwise AND of the values. */
  bitAnd: (col: ColumnArg): Column => call("bitAnd", [col], P0),

  /** Bitwise OR of the values. */
  bitOr: (col: ColumnArg): Column => call("bitOr", [col], P0),

  /** Bitwise XOR of the values. */
  bitXor: (col: ColumnArg): Column => call("bitXor", [col], P0),

  /** Number of rows where both are not NULL. */
  regrCount: (y: ColumnArg, x: ColumnArg): Column => call("regrCount", [y, x], P10),

  /** Mean of x over rows where both are not NULL. */
  regrAvgx: (y: ColumnArg, x: ColumnArg): Column => call("regrAvgx", [y, x], P10),

  /** Mean of y over rows where both are not NULL. */
  regrAvgy: (y: ColumnArg, x: ColumnArg): Column => call("regrAvgy", [y, x], P10),

  /** Slope of the regression line. */
  regrSlope: (y: ColumnArg, x: ColumnArg): Column => call("regrSlope", [y, x], P10),

  /** Intercept of the regression line. */
  regrIntercept: (y: ColumnArg, x: ColumnArg): Column => call("regrIntercept", [y, x], P10),

  /** Coefficient of determination. */
  regrR2: (y: ColumnArg, x: ColumnArg): Column => call("regrR2", [y, x], P10),

  /** Sum of squared deviations of x. */
  regrSxx: (y: ColumnArg, x: ColumnArg): Column => call("regrSxx", [y, x], P10),

  /** Sum of squared deviations of y. */
  regrSyy: (y: ColumnArg, x: ColumnArg): Column => call("regrSyy", [y, x], P10),

  /** Sum of products of deviations. */
  regrSxy: (y: ColumnArg, x: ColumnArg): Column => call("regrSxy", [y, x], P10),

  /** Which keys of a rollup or cube are totals, as a binary number. */
  groupingId: (...cols: Columns): Column => call("groupingId", [...cols], P11),

  /** Is this key of a rollup or cube a total: 1, else 0. */
  grouping: (col: ColumnArg): Column => call("grouping", [col], P0),

  // ---- text

  /** Upper case, of all of Unicode. */
  upper: (str: ColumnArg): Column => call("upper", [str], P12),

  /** Upper case, of all of Unicode. */
  ucase: (str: ColumnArg): Column => call("ucase", [str], P12),

  /** Lower case, of all of Unicode. */
  lower: (str: ColumnArg): Column => call("lower", [str], P12),

  /** Lower case, of all of Unicode. */
  lcase: (str: ColumnArg): Column => call("lcase", [str], P12),

  /** First letter of each word upper case, the others lower; words are parted by spaces. */
  initcap: (str: ColumnArg): Column => call("initcap", [str], P12),

  /** Number of characters, or of bytes of a binary. */
  length: (str: ColumnArg): Column => call("length", [str], P12),

  /** Number of characters, or of bytes of a binary. */
  len: (str: ColumnArg): Column => call("len", [str], P12),

  /** Number of characters, or of bytes of a binary. */
  charLength: (str: ColumnArg): Column => call("charLength", [str], P12),

  /** Number of characters, or of bytes of a binary. */
  characterLength: (str: ColumnArg): Column => call("characterLength", [str], P12),

  /** Number of bytes in UTF-8. */
  octetLength: (str: ColumnArg): Column => call("octetLength", [str], P12),

  /** Number of bits in UTF-8. */
  bitLength: (str: ColumnArg): Column => call("bitLength", [str], P12),

  /** Without spaces, or the given characters, at both ends. */
  trim: (str: ColumnArg, trim?: ColumnArg): Column => call("trim", [str, trim], P13),

  /** Without spaces, or the given characters, at both ends. */
  btrim: (str: ColumnArg, trim?: ColumnArg): Column => call("btrim", [str, trim], P13),

  /** Without spaces, or the given characters, at the start. */
  ltrim: (str: ColumnArg, trim?: ColumnArg): Column => call("ltrim", [str, trim], P13),

  /** Without spaces, or the given characters, at the end. */
  rtrim: (str: ColumnArg, trim?: ColumnArg): Column => call("rtrim", [str, trim], P13),

  /** Padded at the start to a length, or cut to it. */
  lpad: (str: ColumnArg, len: ColumnArg, pad?: Text): Column => call("lpad", [str, len, pad], P14),

  /** Padded at the end to a length, or cut to it. */
  rpad: (str: ColumnArg, len: ColumnArg, pad?: Text): Column => call("rpad", [str, len, pad], P14),

  /** Part from a position (negative: from the end), of a length. */
  substring: (str: ColumnArg, pos: ColumnArg, len?: ColumnArg): Column => call("substring", [str, pos, len], P15),

  /** Part from a position (negative: from the end), of a length. */
  substr: (str: ColumnArg, pos: ColumnArg, len?: ColumnArg): Column => call("substr", [str, pos, len], P15),

  /** Part before the nth delimiter; with a negative count after the nth from the end. */
  substringIndex: (str: ColumnArg, delim: Text, count: Numeric): Column => call("substringIndex", [str, delim, count], P16),

  /** First characters. */
  left: (str: ColumnArg, len: ColumnArg): Column => call("left", [str, len], P17),

  /** Last characters. */
  right: (str: ColumnArg, len: ColumnArg): Column => call("right", [str, len], P17),

  /** Position of the first occurrence, 0 without any. */
  instr: (str: ColumnArg, substr: Text): Column => call("instr", [str, substr], P18),

  /** Position of the first occurrence at or after a position, 0 without any. */
  locate: (substr: Text, str: ColumnArg, pos?: Numeric): Column => call("locate", [substr, str, pos], P19),

  /** Position of the first occurrence at or after a position, 0 without any. */
  position: (substr: Text, str: ColumnArg, pos?: Numeric): Column => call("position", [substr, str, pos], P19),

  /** Position of the first occurrence at or after a position, 0 without any. */
  charindex: (substr: Text, str: ColumnArg, pos?: Numeric): Column => call("charindex", [substr, str, pos], P19),

  /** All occurrences replaced, by nothing if no replacement is given. */
  replace: (src: ColumnArg, search: ColumnArg, replace?: ColumnArg): Column => call("replace", [src, search, replace], P20),

  /** Each character of `matching` replaced by that at the same place of `replace`, or removed where there is none. */
  translate: (src: ColumnArg, matching: Text, replace: Text): Column => call("translate", [src, matching, replace], P21),

  /** Repeated n times. */
  repeat: (str: ColumnArg, n: ColumnArg): Column => call("repeat", [str, n], P22),

  /** Characters, or elements of an array, in reverse order. */
  reverse: (col: ColumnArg): Column => call("reverse", [col], P0),

  /** Texts or arrays joined; NULL if one is NULL. */
  concat: (...cols: Columns): Column => call("concat", [...cols], P11),

  /** Texts, and elements of arrays, joined by a separator; NULLs are left out. */
  concatWs: (sep: Text, ...cols: Columns): Column => call("concatWs", [sep, ...cols], P23),

  /** Array of the parts between matches of a regular expression; with a positive limit at most that many. */
  split: (str: ColumnArg, pattern: Text, limit?: ColumnArg): Column => call("split", [str, pattern, limit], P24),

  /** The nth part between delimiters, from 1, negative from the end; empty where there is none. */
  splitPart: (src: ColumnArg, delimiter: ColumnArg, partNum: ColumnArg): Column => call("splitPart", [src, delimiter, partNum], P25),

  /** A group (the first by default, 0: all) of the first match of a regular expression; empty without a match. */
  regexpExtract: (str: ColumnArg, pattern: Text, idx?: Numeric): Column => call("regexpExtract", [str, pattern, idx], P26),

  /** Array of a group (the first by default, 0: all) of every match. */
  regexpExtractAll: (str: ColumnArg, regexp: ColumnArg, idx?: ColumnArg): Column => call("regexpExtractAll", [str, regexp, idx], P27),

  /** All matches replaced; `$1` in the replacement is a group. */
  regexpReplace: (str: ColumnArg, pattern: Text, replacement: Text, position?: Numeric): Column => call("regexpReplace", [str, pattern, replacement, position], P28),

  /** Does a regular expression match somewhere?. */
  regexpLike: (str: ColumnArg, regexp: ColumnArg): Column => call("regexpLike", [str, regexp], P29),

  /** Does a regular expression match somewhere?. */
  regexp: (str: ColumnArg, regexp: ColumnArg): Column => call("regexp", [str, regexp], P29),

  /** Does a regular expression match somewhere?. */
  rlike: (str: ColumnArg, regexp: ColumnArg): Column => call("rlike", [str, regexp], P29),

  /** Number of matches. */
  regexpCount: (str: ColumnArg, regexp: ColumnArg): Column => call("regexpCount", [str, regexp], P29),

  /** First match; NULL without one. */
  regexpSubstr: (str: ColumnArg, regexp: ColumnArg): Column => call("regexpSubstr", [str, regexp], P29),

  /** Position of the first match, 0 without one. */
  regexpInstr: (str: ColumnArg, regexp: ColumnArg, idx?: ColumnArg): Column => call("regexpInstr", [str, regexp, idx], P27),

  /** Does the pattern with `%` and `_` match, in this letter case? `\` makes the next character literal. */
  like: (str: ColumnArg, pattern: ColumnArg, escape?: Text): Column => call("like", [str, pattern, escape], P30),

  /** Does the pattern with `%` and `_` match, in any letter case?. */
  ilike: (str: ColumnArg, pattern: ColumnArg, escape?: Text): Column => call("ilike", [str, pattern, escape], P30),

  /** Does the text hold another?. */
  contains: (left: ColumnArg, right: ColumnArg): Column => call("contains", [left, right], P31),

  /** Does the text start so?. */
  startswith: (str: ColumnArg, prefix: ColumnArg): Column => call("startswith", [str, prefix], P32),

  /** Does the text end so?. */
  endswith: (str: ColumnArg, suffix: ColumnArg): Column => call("endswith", [str, suffix], P33),

  /** Least number of inserted, deleted and replaced characters; -1 beyond the threshold. */
  levenshtein: (left: ColumnArg, right: ColumnArg, threshold?: Numeric): Column => call("levenshtein", [left, right, threshold], P34),

  /** Soundex code; a text that does not start with an ASCII letter stays as it is. */
  soundex: (str: ColumnArg): Column => call("soundex", [str], P12),

  /** Code point of the first character, 0 for an empty text. */
  ascii: (str: ColumnArg): Column => call("ascii", [str], P12),

  /** Character of a code modulo 256; empty for negative numbers. */
  chr: (n: ColumnArg): Column => call("chr", [n], P35),

  /** Character of a code modulo 256; empty for negative numbers. */
  char: (n: ColumnArg): Column => call("char", [n], P35),

  /** Hexadecimal digits of an integer (two's complement), or of the bytes of a text or binary. */
  hex: (col: ColumnArg): Column => call("hex", [col], P0),

  /** Bytes of hexadecimal digits; NULL if there are other characters. */
  unhex: (str: ColumnArg): Column => call("unhex", [str], P12),

  /** Base64 of a binary or of a text's UTF-8. */
  base64: (col: ColumnArg): Column => call("base64", [col], P0),

  /** Bytes of a base64 text; NULL if it is none. */
  unbase64: (str: ColumnArg): Column => call("unbase64", [str], P12),

  /** MD5 in hexadecimal. */
  md5: (col: ColumnArg): Column => call("md5", [col], P0),

  /** SHA-1 in hexadecimal. */
  sha1: (col: ColumnArg): Column => call("sha1", [col], P0),

  /** SHA-1 in hexadecimal. */
  sha: (col: ColumnArg): Column => call("sha", [col], P0),

  /** SHA-2 in hexadecimal, of 224, 256 (also 0), 384 or 512 bits; NULL for other numbers. */
  sha2: (col: ColumnArg, numBits: Numeric): Column => call("sha2", [col, numBits], P36),

  /** CRC-32 as a number. */
  crc32: (col: ColumnArg): Column => call("crc32", [col], P0),

  /** Number with thousands separators, rounded half even to d decimals; NULL if d is negative. */
  formatNumber: (col: ColumnArg, d: ColumnArg): Column => call("formatNumber", [col, d], P37),

  /** Formatted as by printf: `%s %d %5.2f %x %e %%`, with positions as `%1$s`. */
  formatString: (format: Text, ...cols: Columns): Column => call("formatString", [format, ...cols], P38),

  /** Formatted as by printf: `%s %d %5.2f %x %e %%`, with positions as `%1$s`. */
  printf: (format: Text, ...cols: Columns): Column => call("printf", [format, ...cols], P38),

  /** Part from a position, as long as the replacement or of the given length, replaced. */
  overlay: (src: ColumnArg, replace: ColumnArg, pos: ColumnArg, len?: ColumnArg): Column => call("overlay", [src, replace, pos, len], P39),

  /** Position in a comma-separated list, from 1; 0 if absent. */
  findInSet: (str: ColumnArg, strArray: ColumnArg): Column => call("findInSet", [str, strArray], P40),

  /** The nth of the texts, from 1; NULL beyond. */
  elt: (n: ColumnArg, ...inputs: Columns): Column => call("elt", [n, ...inputs], P41),

  /** That many spaces. */
  space: (n: ColumnArg): Column => call("space", [n], P35),

  /** Bytes in a character set: utf-8, utf-16, us-ascii, iso-8859-1. */
  encode: (col: ColumnArg, charset: Text): Column => call("encode", [col, charset], P42),

  /** Text of bytes in a character set: utf-8, utf-16, us-ascii, iso-8859-1. */
  decode: (col: ColumnArg, charset: Text): Column => call("decode", [col, charset], P42),

  /** Encoded as application/x-www-form-urlencoded. */
  urlEncode: (str: ColumnArg): Column => call("urlEncode", [str], P12),

  /** Decoded from application/x-www-form-urlencoded; NULL if malformed. */
  urlDecode: (str: ColumnArg): Column => call("urlDecode", [str], P12),

  // ---- numbers

  /** Absolute value. */
  abs: (col: ColumnArg): Column => call("abs", [col], P0),

  /** Negated. */
  negative: (col: ColumnArg): Column => call("negative", [col], P0),

  /** All bits turned. */
  bitwiseNot: (col: ColumnArg): Column => call("bitwiseNot", [col], P0),

  /** Unchanged. */
  positive: (col: ColumnArg): Column => call("positive", [col], P0),

  /** Least integer not below, or number with that many decimals. */
  ceil: (col: ColumnArg, scale?: ColumnArg): Column => call("ceil", [col, scale], P43),

  /** Least integer not below, or number with that many decimals. */
  ceiling: (col: ColumnArg, scale?: ColumnArg): Column => call("ceiling", [col, scale], P43),

  /** Greatest integer not above, or number with that many decimals. */
  floor: (col: ColumnArg, scale?: ColumnArg): Column => call("floor", [col, scale], P43),

  /** Rounded half away from zero, to a number of decimals (negative: before the point). */
  round: (col: ColumnArg, scale?: ColumnArg): Column => call("round", [col, scale], P43),

  /** Rounded half to even, to a number of decimals. */
  bround: (col: ColumnArg, scale?: ColumnArg): Column => call("bround", [col, scale], P43),

  /** Nearest whole number, half to even, as a double. */
  rint: (col: ColumnArg): Column => call("rint", [col], P0),

  /** Square root; NULL for negative numbers, where PySpark gives NaN. */
  sqrt: (col: ColumnArg): Column => call("sqrt", [col], P0),

  /** Cube root. */
  cbrt: (col: ColumnArg): Column => call("cbrt", [col], P0),

  /** e to the power of the argument. */
  exp: (col: ColumnArg): Column => call("exp", [col], P0),

  /** exp(x) - 1, exact near zero. */
  expm1: (col: ColumnArg): Column => call("expm1", [col], P0),

  /** Natural logarithm; NULL for numbers that are not positive. */
  ln: (col: ColumnArg): Column => call("ln", [col], P0),

  /** Natural logarithm, or log(base, x). */
  log: (arg1: ColumnArg, arg2?: ColumnArg): Column => call("log", [arg1, arg2], P44),

  /** Logarithm to base 10. */
  log10: (col: ColumnArg): Column => call("log10", [col], P0),

  /** Logarithm to base 2. */
  log2: (col: ColumnArg): Column => call("log2", [col], P0),

  /** ln(1 + x), exact near zero; NULL at or below -1. */
  log1p: (col: ColumnArg): Column => call("log1p", [col], P0),

  /** The first to the power of the second. */
  pow: (col1: ColumnArg, col2: ColumnArg): Column => call("pow", [col1, col2], P4),

  /** -1, 0 or 1. */
  sign: (col: ColumnArg): Column => call("sign", [col], P0),

  /** -1, 0 or 1. */
  signum: (col: ColumnArg): Column => call("signum", [col], P0),

  /** Sine of radians. */
  sin: (col: ColumnArg): Column => call("sin", [col], P0),

  /** Cosine of radians. */
  cos: (col: ColumnArg): Column => call("cos", [col], P0),

  /** Tangent of radians. */
  tan: (col: ColumnArg): Column => call("tan", [col], P0),

  /** Cotangent of radians. */
  cot: (col: ColumnArg): Column => call("cot", [col], P0),

  /** Secant of radians. */
  sec: (col: ColumnArg): Column => call("sec", [col], P0),

  /** Cosecant of radians. */
  csc: (col: ColumnArg): Column => call("csc", [col], P0),

  /** Arc sine; NULL outside -1 to 1, where PySpark gives NaN. */
  asin: (col: ColumnArg): Column => call("asin", [col], P0),

  /** Arc cosine; NULL outside -1 to 1, where PySpark gives NaN. */
  acos: (col: ColumnArg): Column => call("acos", [col], P0),

  /** Arc tangent. */
  atan: (col: ColumnArg): Column => call("atan", [col], P0),

  /** Angle of the point (x, y). */
  atan2: (y: ColumnArg, x: ColumnArg): Column => call("atan2", [y, x], P10),

  /** Hyperbolic sine. */
  sinh: (col: ColumnArg): Column => call("sinh", [col], P0),

  /** Hyperbolic cosine. */
  cosh: (col: ColumnArg): Column => call("cosh", [col], P0),

  /** Hyperbolic tangent. */
  tanh: (col: ColumnArg): Column => call("tanh", [col], P0),

  /** Inverse hyperbolic sine. */
  asinh: (col: ColumnArg): Column => call("asinh", [col], P0),

  /** Inverse hyperbolic cosine. */
  acosh: (col: ColumnArg): Column => call("acosh", [col], P0),

  /** Inverse hyperbolic tangent. */
  atanh: (col: ColumnArg): Column => call("atanh", [col], P0),

  /** Radians in degrees. */
  degrees: (col: ColumnArg): Column => call("degrees", [col], P0),

  /** Radians in degrees. */
  toDegrees: (col: ColumnArg): Column => call("toDegrees", [col], P0),

  /** Degrees in radians. */
  radians: (col: ColumnArg): Column => call("radians", [col], P0),

  /** Degrees in radians. */
  toRadians: (col: ColumnArg): Column => call("toRadians", [col], P0),

  /** Length of the hypotenuse, without overflow on the way. */
  hypot: (col1: ColumnArg, col2: ColumnArg): Column => call("hypot", [col1, col2], P4),

  /** Factorial of 0 to 20, else NULL. */
  factorial: (col: ColumnArg): Column => call("factorial", [col], P0),

  /** Greatest argument that is not NULL; NULL if all are. */
  greatest: (col1: ColumnArg, ...cols: Columns): Column => call("greatest", [col1, ...cols], P45),

  /** Least argument that is not NULL; NULL if all are. */
  least: (col1: ColumnArg, ...cols: Columns): Column => call("least", [col1, ...cols], P45),

  /** Remainder that is not negative; NULL for divisor 0. */
  pmod: (dividend: ColumnArg, divisor: ColumnArg): Column => call("pmod", [dividend, divisor], P46),

  /** Remainder with the sign of the dividend; NULL for divisor 0. */
  mod: (dividend: ColumnArg, divisor: ColumnArg): Column => call("mod", [dividend, divisor], P46),

  /** Quotient; NULL for divisor 0. */
  tryDivide: (left: ColumnArg, right: ColumnArg): Column => call("tryDivide", [left, right], P31),

  /** Sum; NULL on overflow. */
  tryAdd: (col1: ColumnArg, col2: ColumnArg): Column => call("tryAdd", [col1, col2], P4),

  /** Difference; NULL on overflow. */
  trySubtract: (col1: ColumnArg, col2: ColumnArg): Column => call("trySubtract", [col1, col2], P4),

  /** Product; NULL on overflow. */
  tryMultiply: (col1: ColumnArg, col2: ColumnArg): Column => call("tryMultiply", [col1, col2], P4),

  /** Uniformly distributed number from 0 to below 1; a seed makes it repeatable. */
  rand: (seed?: Numeric): Column => call("rand", [seed], P47),

  /** Uniformly distributed number from 0 to below 1; a seed makes it repeatable. */
  random: (seed?: Numeric): Column => call("random", [seed], P47),

  /** Normally distributed number of mean 0 and deviation 1; a seed makes it repeatable. */
  randn: (seed?: Numeric): Column => call("randn", [seed], P47),

  /** Binary digits of an integer (two's complement). */
  bin: (col: ColumnArg): Column => call("bin", [col], P0),

  /** A number's digits in another base, 2 to 36; a negative base gives a signed result; NULL for an empty text. */
  conv: (col: ColumnArg, fromBase: Numeric, toBase: Numeric): Column => call("conv", [col, fromBase, toBase], P48),

  /** Shifted left. */
  shiftLeft: (col: ColumnArg, numBits: Numeric): Column => call("shiftLeft", [col, numBits], P36),

  /** Shifted right, keeping the sign. */
  shiftRight: (col: ColumnArg, numBits: Numeric): Column => call("shiftRight", [col, numBits], P36),

  /** Shifted right, filled with zeros. */
  shiftRightUnsigned: (col: ColumnArg, numBits: Numeric): Column => call("shiftRightUnsigned", [col, numBits], P36),

  /** Number of bits that are set. */
  bitCount: (col: ColumnArg): Column => call("bitCount", [col], P0),

  /** The bit at a position, from 0 at the right. */
  bitGet: (col: ColumnArg, pos: ColumnArg): Column => call("bitGet", [col, pos], P49),

  /** The bit at a position, from 0 at the right. */
  getbit: (col: ColumnArg, pos: ColumnArg): Column => call("getbit", [col, pos], P49),

  /** Number of the bucket of equal width, 0 below and n + 1 above the range. */
  widthBucket: (v: ColumnArg, min: ColumnArg, max: ColumnArg, numBucket: ColumnArg): Column => call("widthBucket", [v, min, max, numBucket], P50),

  /** Euler's number. */
  e: (): Column => call("e", [], P51),

  /** The ratio of a circle's circumference to its diameter. */
  pi: (): Column => call("pi", [], P51),

  // ---- dates and timestamps

  /** Today's date, the same throughout a statement. */
  currentDate: (): Column => call("currentDate", [], P51),

  /** Today's date, the same throughout a statement. */
  curdate: (): Column => call("curdate", [], P51),

  /** The time now, the same throughout a statement. */
  currentTimestamp: (): Column => call("currentTimestamp", [], P51),

  /** The time now, the same throughout a statement. */
  now: (): Column => call("now", [], P51),

  /** The time now, the same throughout a statement. */
  localtimestamp: (): Column => call("localtimestamp", [], P51),

  /** The session's time zone: UTC. */
  currentTimezone: (): Column => call("currentTimezone", [], P51),

  /** Year. */
  year: (col: ColumnArg): Column => call("year", [col], P0),

  /** Quarter, 1 to 4. */
  quarter: (col: ColumnArg): Column => call("quarter", [col], P0),

  /** Month, 1 to 12. */
  month: (col: ColumnArg): Column => call("month", [col], P0),

  /** Day of the month. */
  dayofmonth: (col: ColumnArg): Column => call("dayofmonth", [col], P0),

  /** Day of the month. */
  day: (col: ColumnArg): Column => call("day", [col], P0),

  /** Day of the week, 1 (Sunday) to 7. */
  dayofweek: (col: ColumnArg): Column => call("dayofweek", [col], P0),

  /** Day of the year. */
  dayofyear: (col: ColumnArg): Column => call("dayofyear", [col], P0),

  /** Week of the year by ISO 8601. */
  weekofyear: (col: ColumnArg): Column => call("weekofyear", [col], P0),

  /** Day of the week, 0 (Monday) to 6. */
  weekday: (col: ColumnArg): Column => call("weekday", [col], P0),

  /** Day's name in three letters: Mon. */
  dayname: (col: ColumnArg): Column => call("dayname", [col], P0),

  /** Month's name in three letters: Jan. */
  monthname: (col: ColumnArg): Column => call("monthname", [col], P0),

  /** Hour. */
  hour: (col: ColumnArg): Column => call("hour", [col], P0),

  /** Minute. */
  minute: (col: ColumnArg): Column => call("minute", [col], P0),

  /** Second, without its fraction. */
  second: (col: ColumnArg): Column => call("second", [col], P0),

  /** Some days later. */
  dateAdd: (start: ColumnArg, days: ColumnArg): Column => call("dateAdd", [start, days], P52),

  /** Some days later. */
  dateadd: (start: ColumnArg, days: ColumnArg): Column => call("dateadd", [start, days], P52),

  /** Some days earlier. */
  dateSub: (start: ColumnArg, days: ColumnArg): Column => call("dateSub", [start, days], P52),

  /** Days from `start` to `end`. */
  datediff: (end: ColumnArg, start: ColumnArg): Column => call("datediff", [end, start], P53),

  /** Days from `start` to `end`. */
  dateDiff: (end: ColumnArg, start: ColumnArg): Column => call("dateDiff", [end, start], P53),

  /** Some months later; a day that the month lacks becomes its last. */
  addMonths: (start: ColumnArg, months: ColumnArg): Column => call("addMonths", [start, months], P54),

  /** Months from `date2` to `date1`, in months of 31 days, rounded to 8 decimals unless `roundOff` is false. */
  monthsBetween: (date1: ColumnArg, date2: ColumnArg, roundOff?: Flag): Column => call("monthsBetween", [date1, date2, roundOff], P55),

  /** Last day of the month. */
  lastDay: (col: ColumnArg): Column => call("lastDay", [col], P0),

  /** First day after the date with that name (Mon, Monday); NULL for other names. */
  nextDay: (date: ColumnArg, dayOfWeek: Text): Column => call("nextDay", [date, dayOfWeek], P56),

  /** First day of the year, quarter, month or week; NULL for other units. */
  trunc: (date: ColumnArg, format: Text): Column => call("trunc", [date, format], P57),

  /** Start of the year, quarter, month, week, day, hour, minute, second, millisecond or microsecond; NULL for other units. */
  dateTrunc: (format: Text, timestamp: ColumnArg): Column => call("dateTrunc", [format, timestamp], P58),

  /** Text by a pattern: `yyyy-MM-dd HH:mm:ss.SSS`, `EEEE d MMMM`. */
  dateFormat: (date: ColumnArg, format: Text): Column => call("dateFormat", [date, format], P57),

  /** Date of a text, by a pattern or as `cast`; NULL if it is none. */
  toDate: (col: ColumnArg, format?: Text): Column => call("toDate", [col, format], P59),

  /** Timestamp of a text, by a pattern or as `cast`; NULL if it is none. */
  toTimestamp: (col: ColumnArg, format?: Text): Column => call("toTimestamp", [col, format], P59),

  /** Timestamp of a text, by a pattern or as `cast`; NULL if it is none. */
  tryToTimestamp: (col: ColumnArg, format?: Text): Column => call("tryToTimestamp", [col, format], P59),

  /** Seconds since 1970 of a timestamp, of a date, or of a text by a pattern (`yyyy-MM-dd HH:mm:ss` by default); now without arguments. */
  unixTimestamp: (timestamp?: ColumnArg, format?: Text): Column => call("unixTimestamp", [timestamp, format], P60),

  /** Seconds since 1970 of a timestamp, of a date, or of a text by a pattern (`yyyy-MM-dd HH:mm:ss` by default); now without arguments. */
  toUnixTimestamp: (timestamp?: ColumnArg, format?: Text): Column => call("toUnixTimestamp", [timestamp, format], P60),

  /** Text of seconds since 1970, by a pattern. */
  fromUnixtime: (timestamp: ColumnArg, format?: Text): Column => call("fromUnixtime", [timestamp, format], P61),

  /** Date of its parts; NULL if there is none such. */
  makeDate: (year: ColumnArg, month: ColumnArg, day: ColumnArg): Column => call("makeDate", [year, month, day], P62),

  /** Timestamp of its parts; NULL if there is none such. */
  makeTimestamp: (years: ColumnArg, months: ColumnArg, days: ColumnArg, hours: ColumnArg, mins: ColumnArg, secs: ColumnArg): Column => call("makeTimestamp", [years, months, days, hours, mins, secs], P63),

  /** Days since 1970-01-01. */
  unixDate: (col: ColumnArg): Column => call("unixDate", [col], P0),

  /** Date of days since 1970-01-01. */
  dateFromUnixDate: (days: ColumnArg): Column => call("dateFromUnixDate", [days], P64),

  /** Seconds since 1970, rounded down. */
  unixSeconds: (col: ColumnArg): Column => call("unixSeconds", [col], P0),

  /** Milliseconds since 1970, rounded down. */
  unixMillis: (col: ColumnArg): Column => call("unixMillis", [col], P0),

  /** Microseconds since 1970. */
  unixMicros: (col: ColumnArg): Column => call("unixMicros", [col], P0),

  /** Timestamp of seconds since 1970. */
  timestampSeconds: (col: ColumnArg): Column => call("timestampSeconds", [col], P0),

  /** Timestamp of milliseconds since 1970. */
  timestampMillis: (col: ColumnArg): Column => call("timestampMillis", [col], P0),

  /** Timestamp of microseconds since 1970. */
  timestampMicros: (col: ColumnArg): Column => call("timestampMicros", [col], P0),

  /** A part by name: year, quarter, month, week, day, dayofweek, doy, hour, minute, second (with its fraction). */
  datePart: (field: Text, source: ColumnArg): Column => call("datePart", [field, source], P65),

  /** A part by name: year, quarter, month, week, day, dayofweek, doy, hour, minute, second (with its fraction). */
  datepart: (field: Text, source: ColumnArg): Column => call("datepart", [field, source], P65),

  /** A part by name: year, quarter, month, week, day, dayofweek, doy, hour, minute, second (with its fraction). */
  extract: (field: Text, source: ColumnArg): Column => call("extract", [field, source], P65),

  /** Some units later: year, quarter, month, week, day, hour, minute, second, millisecond, microsecond. */
  timestampAdd: (unit: Text, quantity: ColumnArg, ts: ColumnArg): Column => call("timestampAdd", [unit, quantity, ts], P66),

  /** Some units later: year, quarter, month, week, day, hour, minute, second, millisecond, microsecond. */
  timestampadd: (unit: Text, quantity: ColumnArg, ts: ColumnArg): Column => call("timestampadd", [unit, quantity, ts], P66),

  /** Some units later, as `start + interval 1 month`; a date stays one. */
  addInterval: (start: ColumnArg, amount: ColumnArg, unit: Text): Column => call("addInterval", [start, amount, unit], P67),

  /** Whole units from start to end. */
  timestampDiff: (unit: Text, start: ColumnArg, end: ColumnArg): Column => call("timestampDiff", [unit, start, end], P68),

  /** Whole units from start to end. */
  timestampdiff: (unit: Text, start: ColumnArg, end: ColumnArg): Column => call("timestampdiff", [unit, start, end], P68),

  // ---- null and conditions

  /** First argument that is not NULL. */
  coalesce: (...cols: Columns): Column => call("coalesce", [...cols], P69),

  /** The first argument, or the second where it is NULL. */
  ifnull: (col1: ColumnArg, col2: ColumnArg): Column => call("ifnull", [col1, col2], P4),

  /** The first argument, or the second where it is NULL. */
  nvl: (col1: ColumnArg, col2: ColumnArg): Column => call("nvl", [col1, col2], P4),

  /** The second argument where the first is not NULL, else the third. */
  nvl2: (col1: ColumnArg, col2: ColumnArg, col3: ColumnArg): Column => call("nvl2", [col1, col2, col3], P70),

  /** NULL where both are equal, else the first. */
  nullif: (col1: ColumnArg, col2: ColumnArg): Column => call("nullif", [col1, col2], P4),

  /** NULL for 0. */
  nullifzero: (col: ColumnArg): Column => call("nullifzero", [col], P0),

  /** 0 for NULL. */
  zeroifnull: (col: ColumnArg): Column => call("zeroifnull", [col], P0),

  /** Is it NULL?. */
  isnull: (col: ColumnArg): Column => call("isnull", [col], P0),

  /** Is it not NULL?. */
  isnotnull: (col: ColumnArg): Column => call("isnotnull", [col], P0),

  /** Is it not a number? SQLite holds NaN as NULL, so it never is. */
  isnan: (col: ColumnArg): Column => call("isnan", [col], P0),

  /** The first argument, or the second where it is NaN. */
  nanvl: (col1: ColumnArg, col2: ColumnArg): Column => call("nanvl", [col1, col2], P4),

  /** Are both equal, or both NULL?. */
  equalNull: (col1: ColumnArg, col2: ColumnArg): Column => call("equalNull", [col1, col2], P4),

  /** The second argument where the condition holds, else the third. */
  iif: (condition: ColumnArg, then: ColumnArg, otherwise: ColumnArg): Column => call("iif", [condition, then, otherwise], P71),

  // ---- arrays, structs, maps, json

  /** Array of the arguments. */
  array: (...cols: Columns): Column => call("array", [...cols], P11),

  /** Does the array hold the value? NULL if not and it holds a NULL. */
  arrayContains: (col: ColumnArg, value: ColumnArg): Column => call("arrayContains", [col, value], P72),

  /** Position of the first such element, from 1; 0 without any. */
  arrayPosition: (col: ColumnArg, value: ColumnArg): Column => call("arrayPosition", [col, value], P72),

  /** With a value at the end. */
  arrayAppend: (col: ColumnArg, value: ColumnArg): Column => call("arrayAppend", [col, value], P72),

  /** With a value at the start. */
  arrayPrepend: (col: ColumnArg, value: ColumnArg): Column => call("arrayPrepend", [col, value], P72),

  /** With a value at a position, negative from the end; NULLs fill a gap. */
  arrayInsert: (col: ColumnArg, pos: ColumnArg, value: ColumnArg): Column => call("arrayInsert", [col, pos, value], P73),

  /** Without the elements that equal the value. */
  arrayRemove: (col: ColumnArg, value: ColumnArg): Column => call("arrayRemove", [col, value], P72),

  /** Without repeated elements. */
  arrayDistinct: (col: ColumnArg): Column => call("arrayDistinct", [col], P0),

  /** Without NULLs. */
  arrayCompact: (col: ColumnArg): Column => call("arrayCompact", [col], P0),

  /** Ascending, NULLs last. */
  arraySort: (col: ColumnArg): Column => call("arraySort", [col], P0),

  /** Ascending with NULLs first, or descending with NULLs last. */
  sortArray: (col: ColumnArg, asc?: Flag): Column => call("sortArray", [col, asc], P74),

  /** Greatest element; NULL without any. */
  arrayMax: (col: ColumnArg): Column => call("arrayMax", [col], P0),

  /** Least element; NULL without any. */
  arrayMin: (col: ColumnArg): Column => call("arrayMin", [col], P0),

  /** Elements of either, each once. */
  arrayUnion: (col1: ColumnArg, col2: ColumnArg): Column => call("arrayUnion", [col1, col2], P4),

  /** Elements of both, each once. */
  arrayIntersect: (col1: ColumnArg, col2: ColumnArg): Column => call("arrayIntersect", [col1, col2], P4),

  /** Elements of the first that the second lacks, each once. */
  arrayExcept: (col1: ColumnArg, col2: ColumnArg): Column => call("arrayExcept", [col1, col2], P4),

  /** Have both an element in common? NULL if not and one holds a NULL. */
  arraysOverlap: (col1: ColumnArg, col2: ColumnArg): Column => call("arraysOverlap", [col1, col2], P4),

  /** Elements joined by a delimiter; NULLs are left out, or replaced. */
  arrayJoin: (col: ColumnArg, delimiter: Text, nullReplacement?: Text): Column => call("arrayJoin", [col, delimiter, nullReplacement], P75),

  /** Array of structs of the nth elements. */
  arraysZip: (...cols: Columns): Column => call("arraysZip", [...cols], P69),

  /** Array of one value, repeated. */
  arrayRepeat: (col: ColumnArg, count: ColumnArg): Column => call("arrayRepeat", [col, count], P76),

  /** Number of elements; -1 for NULL, as in PySpark. */
  size: (col: ColumnArg): Column => call("size", [col], P0),

  /** Number of elements; -1 for NULL, as in PySpark. */
  cardinality: (col: ColumnArg): Column => call("cardinality", [col], P0),

  /** Number of elements; NULL for NULL. */
  arraySize: (col: ColumnArg): Column => call("arraySize", [col], P0),

  /** Elements from a position, from 1, negative from the end. */
  slice: (x: ColumnArg, start: ColumnArg, length: ColumnArg): Column => call("slice", [x, start, length], P77),

  /** Element at a position, from 1, negative from the end, or value of a key; NULL where there is none. */
  elementAt: (col: ColumnArg, extraction: ColumnArg): Column => call("elementAt", [col, extraction], P78),

  /** Element at a position or value of a key; NULL where there is none. */
  tryElementAt: (col: ColumnArg, extraction: ColumnArg): Column => call("tryElementAt", [col, extraction], P79),

  /** Element at an index, from 0; NULL where there is none. */
  get: (col: ColumnArg, index: ColumnArg): Column => call("get", [col, index], P80),

  /** Array of arrays made one array; NULL if one of them is NULL. */
  flatten: (col: ColumnArg): Column => call("flatten", [col], P0),

  /** Array from start to stop, both included; of dates by days or by a step such as `1 month`. */
  sequence: (start: ColumnArg, stop: ColumnArg, step?: ColumnArg): Column => call("sequence", [start, stop, step], P81),

  /** In random order. */
  shuffle: (col: ColumnArg): Column => call("shuffle", [col], P0),

  /** Struct of names and values in turn. */
  namedStruct: (...cols: Columns): Column => call("namedStruct", [...cols], P82),

  /** Map of keys and values in turn. */
  createMap: (...cols: Columns): Column => call("createMap", [...cols], P11),

  /** Map of an array of keys and one of values. */
  mapFromArrays: (keys: ColumnArg, values: ColumnArg): Column => call("mapFromArrays", [keys, values], P83),

  /** Map of an array of structs of key and value. */
  mapFromEntries: (col: ColumnArg): Column => call("mapFromEntries", [col], P0),

  /** Map of the members of all; no key may come twice. */
  mapConcat: (...maps: Columns): Column => call("mapConcat", [...maps], P84),

  /** Array of the keys. */
  mapKeys: (col: ColumnArg): Column => call("mapKeys", [col], P0),

  /** Array of the values. */
  mapValues: (col: ColumnArg): Column => call("mapValues", [col], P0),

  /** Array of structs of key and value. */
  mapEntries: (col: ColumnArg): Column => call("mapEntries", [col], P0),

  /** Has the map this key?. */
  mapContainsKey: (col: ColumnArg, value: ColumnArg): Column => call("mapContainsKey", [col, value], P72),

  /** Map of a text such as `a:1,b:2`; the delimiters, `,` and `:` if not given, are regular expressions. */
  strToMap: (text: ColumnArg, pairDelim?: Text, keyValueDelim?: Text): Column => call("strToMap", [text, pairDelim, keyValueDelim], P85),

  /** Text of what a path (`$.a[0].b`, `$['a b']`) finds in JSON; NULL without any. */
  getJsonObject: (col: ColumnArg, path: Text): Column => call("getJsonObject", [col, path], P86),

  /** Number of elements of a JSON array; NULL for anything else. */
  jsonArrayLength: (col: ColumnArg): Column => call("jsonArrayLength", [col], P0),

  /** Keys of a JSON object; NULL for anything else. */
  jsonObjectKeys: (col: ColumnArg): Column => call("jsonObjectKeys", [col], P0),

  /** Struct, array or map of a JSON text by a DDL schema (`a INT, b ARRAY<STRING>`). */
  fromJson: (col: ColumnArg, schema: ColumnArg, options?: ColumnArg): Column => call("fromJson", [col, schema, options], P87),

  /** JSON text of a struct, array or map; fields that are NULL are left out. */
  toJson: (col: ColumnArg, options?: ColumnArg): Column => call("toJson", [col, options], P88),

  /** Columns c0, c1, … of the named fields of a JSON object. */
  jsonTuple: (col: ColumnArg, ...fields: Columns): Column => call("jsonTuple", [col, ...fields], P89),

  /** One row per element; none for an empty array or NULL. */
  explode: (col: ColumnArg): Column => call("explode", [col], P0),

  /** One row per element; one with NULL for an empty array or NULL. */
  explodeOuter: (col: ColumnArg): Column => call("explodeOuter", [col], P0),

  /** One row per element with its position from 0: columns pos and col. */
  posexplode: (col: ColumnArg): Column => call("posexplode", [col], P0),

  /** As posexplode; one row of NULLs for an empty array or NULL. */
  posexplodeOuter: (col: ColumnArg): Column => call("posexplodeOuter", [col], P0),

  /** n rows of the values in turn, in columns col0, col1, …; NULLs fill the last row. */
  stack: (n: Numeric, ...cols: Columns): Column => call("stack", [n, ...cols], P90),

  /** One row per struct of an array, its fields as columns. */
  inline: (col: ColumnArg): Column => call("inline", [col], P0),

  /** As inline; one row of NULLs for an empty array or NULL. */
  inlineOuter: (col: ColumnArg): Column => call("inlineOuter", [col], P0),

  // ---- windows

  /** Number of the row, from 1. */
  rowNumber: (): Column => call("rowNumber", [], P51),

  /** Rank with gaps after ties. */
  rank: (): Column => call("rank", [], P51),

  /** Rank without gaps. */
  denseRank: (): Column => call("denseRank", [], P51),

  /** Rank from 0 to 1. */
  percentRank: (): Column => call("percentRank", [], P51),

  /** Share of rows up to this one and its ties. */
  cumeDist: (): Column => call("cumeDist", [], P51),

  /** Number of the bucket, from 1, of n that are as equal as possible. */
  ntile: (n: Numeric): Column => call("ntile", [n], P91),

  /** Value some rows before (1 by default), or the default where there is none. */
  lag: (col: ColumnArg, offset?: Numeric, defaultValue?: ColumnArg): Column => call("lag", [col, offset, defaultValue], P92),

  /** Value some rows after (1 by default), or the default where there is none. */
  lead: (col: ColumnArg, offset?: Numeric, defaultValue?: ColumnArg): Column => call("lead", [col, offset, defaultValue], P92),

  /** First value of the frame; with `ignoreNulls` the first that is not NULL. */
  firstValue: (col: ColumnArg, ignoreNulls?: Flag): Column => call("firstValue", [col, ignoreNulls], P3),

  /** Last value of the frame; with `ignoreNulls` the last that is not NULL. */
  lastValue: (col: ColumnArg, ignoreNulls?: Flag): Column => call("lastValue", [col, ignoreNulls], P3),

  /** Value of the frame's nth row, from 1; with `ignoreNulls` NULLs are not counted. */
  nthValue: (col: ColumnArg, n: Numeric, ignoreNulls?: Flag): Column => call("nthValue", [col, n, ignoreNulls], P93),

  // ---- hashes, identities, types

  /** Spark's 32-bit hash (Murmur3, seed 42); NULLs are left out. */
  hash: (...cols: Columns): Column => call("hash", [...cols], P69),

  /** Spark's 64-bit hash (xxHash64, seed 42); NULLs are left out. */
  xxhash64: (...cols: Columns): Column => call("xxhash64", [...cols], P69),

  /** A number that grows from row to row, from 0. */
  monotonicallyIncreasingId: (): Column => call("monotonicallyIncreasingId", [], P51),

  /** A random UUID, another one for each row. */
  uuid: (): Column => call("uuid", [], P51),

  /** The logical type's name. */
  typeof: (col: ColumnArg): Column => call("typeof", [col], P0),

  /** Version of Moltres. */
  version: (): Column => call("version", [], P51),

  /** Fails with this message when a row reaches it. */
  raiseError: (errMsg: Text): Column => call("raiseError", [errMsg], P94),

  ...special,
});
