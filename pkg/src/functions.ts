/** `F`: the functions. */
import { call, type ParamSpec } from "./call.js";
import type { Column } from "./column.js";
import * as special from "./functions-special.js";

const NAMES =
  "sum avg mean min max count approxCountDistinct first last collectList collectSet stddev stddevPop stddevSamp variance varPop varSamp corr covarPop covarSamp skewness kurtosis median mode percentile percentileApprox boolAnd boolOr maxBy minBy stringAgg listagg groupingId upper lower initcap length charLength trim ltrim rtrim lpad rpad substring substringIndex left right instr locate replace translate repeat reverse concat concatWs split regexpExtract regexpExtractAll regexpReplace regexpLike regexpCount levenshtein soundex ascii chr hex unhex base64 unbase64 md5 sha1 sha2 crc32 formatNumber formatString overlay abs ceil floor round bround sqrt cbrt exp expm1 ln log log10 log2 log1p pow sign signum sin cos tan asin acos atan atan2 sinh cosh tanh degrees radians hypot factorial greatest least pmod rint rand randn bin conv shiftLeft shiftRight e pi currentDate currentTimestamp year quarter month dayofmonth dayofweek dayofyear weekofyear hour minute second dateAdd dateSub datediff addMonths monthsBetween lastDay nextDay trunc dateTrunc dateFormat toDate toTimestamp unixTimestamp fromUnixtime makeDate dayname monthname weekday coalesce ifnull nvl nvl2 nullif isnull isnan nanvl array arrayContains arrayPosition arrayAppend arrayPrepend arrayRemove arrayDistinct arraySort arrayMax arrayMin arrayJoin arrayUnion arrayIntersect arrayExcept arraysOverlap size slice sortArray elementAt explode explodeOuter posexplode posexplodeOuter flatten sequence getJsonObject jsonTuple fromJson toJson rowNumber rank denseRank percentRank cumeDist ntile lag lead firstValue lastValue nthValue hash xxhash64 monotonicallyIncreasingId uuid typeof";
/** Which arguments take a string as a literal, `c` for columns; the last letter repeats. */
const LITERALS: Record<string, string> = {
  lpad: "cll", rpad: "cll", substringIndex: "cll", instr: "cl", locate: "lcl", replace: "cll", translate: "cll", split: "cll", concatWs: "lc",
  regexpExtract: "cll", regexpExtractAll: "cll", regexpReplace: "cll", regexpLike: "cl", regexpCount: "cl", stringAgg: "cl", listagg: "cl",
  formatString: "lc", nextDay: "cl", trunc: "cl", dateTrunc: "lc", dateFormat: "cl", toDate: "cl", toTimestamp: "cl", unixTimestamp: "cl",
  fromUnixtime: "cl", arrayContains: "cl", arrayPosition: "cl", arrayAppend: "cl", arrayPrepend: "cl", arrayRemove: "cl", arrayJoin: "cll",
  elementAt: "cl", getJsonObject: "cl", jsonTuple: "cl", fromJson: "cl", lag: "cll", lead: "cll",
};

const plain = Object.fromEntries(
  NAMES.split(" ").map((name) => {
    const letters = LITERALS[name] ?? "c";
    const spec: ParamSpec[] = [...letters].map((letter, i) => ({ name: `argument ${i + 1}`, string: letter === "l" ? "literal" : "column", variadic: i === letters.length - 1 }));
    return [name, (...args: unknown[]) => call(name, args, spec)];
  }),
) as Record<string, (...args: unknown[]) => Column>;

export const F = Object.freeze({ ...plain, ...special });
