//! Text: positions count characters (code points) from 1.

use super::Wants::{Any, Binary, Integer, Number, Text};
use super::{Function, FunctionKind, Param, Returns, returns};

const fn f(name: &'static str, sql_name: &'static str, params: &'static [Param], returns: Returns, doc: &'static str) -> Function {
    Function::new("text", FunctionKind::Scalar, (name, sql_name), params, returns, doc).total()
}

const STR: Param = Param::column("str", Text);
const S: &[Param] = &[STR];
const TRIM: &[Param] = &[STR, Param::column("trim", Text).optional()];
const PAD: &[Param] = &[STR, Param::column("len", Integer), Param::literal("pad", Text).optional()];
const SUBSTRING: &[Param] = &[STR, Param::column("pos", Integer), Param::column("len", Integer).optional()];
const SIDE: &[Param] = &[STR, Param::column("len", Integer)];
const REGEXP: Param = Param::column("regexp", Text);
const LIKE: &[Param] = &[STR, Param::column("pattern", Text), Param::literal("escape", Text).optional()];

pub static FUNCTIONS: &[Function] = &[
    f("upper", "upper", S, returns::string, "Upper case, of all of Unicode").aliases(&["ucase"]),
    f("lower", "lower", S, returns::string, "Lower case, of all of Unicode").aliases(&["lcase"]),
    f("initcap", "initcap", S, returns::string, "First letter of each word upper case, the others lower; words are parted by spaces"),
    f("length", "length", &[Param::column("str", Binary)], returns::int, "Number of characters, or of bytes of a binary").aliases(&["len"]),
    f("charLength", "char_length", &[Param::column("str", Binary)], returns::int, "Number of characters, or of bytes of a binary")
        .aliases(&["characterLength", "character_length"]),
    f("octetLength", "octet_length", &[Param::column("str", Binary)], returns::int, "Number of bytes in UTF-8"),
    f("bitLength", "bit_length", &[Param::column("str", Binary)], returns::int, "Number of bits in UTF-8"),
    f("trim", "trim", TRIM, returns::string, "Without spaces, or the given characters, at both ends"),
    f("btrim", "btrim", TRIM, returns::string, "Without spaces, or the given characters, at both ends"),
    f("ltrim", "ltrim", TRIM, returns::string, "Without spaces, or the given characters, at the start"),
    f("rtrim", "rtrim", TRIM, returns::string, "Without spaces, or the given characters, at the end"),
    f("lpad", "lpad", PAD, returns::text_or_binary, "Padded at the start to a length, or cut to it"),
    f("rpad", "rpad", PAD, returns::text_or_binary, "Padded at the end to a length, or cut to it"),
    f("substring", "substring", SUBSTRING, returns::text_or_binary, "Part from a position (negative: from the end), of a length")
        .aliases(&["substr"]),
    f(
        "substringIndex",
        "substring_index",
        &[STR, Param::literal("delim", Text), Param::literal("count", Integer)],
        returns::string,
        "Part before the nth delimiter; with a negative count after the nth from the end",
    ),
    f("left", "left", SIDE, returns::string, "First characters"),
    f("right", "right", SIDE, returns::string, "Last characters"),
    f("instr", "instr", &[STR, Param::literal("substr", Text)], returns::int, "Position of the first occurrence, 0 without any"),
    f(
        "locate",
        "locate",
        &[Param::literal("substr", Text), STR, Param::literal("pos", Integer).optional()],
        returns::int,
        "Position of the first occurrence at or after a position, 0 without any",
    )
    .aliases(&["position", "charindex"]),
    f(
        "replace",
        "replace",
        &[Param::column("src", Text), Param::column("search", Text), Param::column("replace", Text).optional()],
        returns::string,
        "All occurrences replaced, by nothing if no replacement is given",
    ),
    f(
        "translate",
        "translate",
        &[Param::column("src", Text), Param::literal("matching", Text), Param::literal("replace", Text)],
        returns::string,
        "Each character of `matching` replaced by that at the same place of `replace`, or removed where there is none",
    ),
    f("repeat", "repeat", &[STR, Param::column("n", Integer)], returns::string, "Repeated n times"),
    f("reverse", "reverse", &[Param::column("col", Any)], returns::reversed, "Characters, or elements of an array, in reverse order").typed(),
    f("concat", "concat", &[Param::column("cols", Any).optional().variadic()], returns::concatenated, "Texts or arrays joined; NULL if one is NULL")
        .typed(),
    f(
        "concatWs",
        "concat_ws",
        &[Param::literal("sep", Text), Param::column("cols", Any).optional().variadic()],
        returns::string,
        "Texts, and elements of arrays, joined by a separator; NULLs are left out",
    )
    .sees_nulls()
    .typed(),
    f(
        "split",
        "split",
        &[STR, Param::literal("pattern", Text), Param::column("limit", Integer).optional()],
        returns::array_of_strings,
        "Array of the parts between matches of a regular expression; with a positive limit at most that many",
    ),
    f(
        "splitPart",
        "split_part",
        &[Param::column("src", Text), Param::column("delimiter", Text), Param::column("partNum", Integer)],
        returns::string,
        "The nth part between delimiters, from 1, negative from the end; empty where there is none",
    ),
    f(
        "regexpExtract",
        "regexp_extract",
        &[STR, Param::literal("pattern", Text), Param::literal("idx", Integer).optional()],
        returns::string,
        "A group (the first by default, 0: all) of the first match of a regular expression; empty without a match",
    ),
    f(
        "regexpExtractAll",
        "regexp_extract_all",
        &[STR, REGEXP, Param::column("idx", Integer).optional()],
        returns::array_of_strings,
        "Array of a group (the first by default, 0: all) of every match",
    ),
    f(
        "regexpReplace",
        "regexp_replace",
        &[STR, Param::literal("pattern", Text), Param::literal("replacement", Text), Param::literal("position", Integer).optional()],
        returns::string,
        "All matches replaced; `$1` in the replacement is a group",
    ),
    f("regexpLike", "regexp_like", &[STR, REGEXP], returns::boolean, "Does a regular expression match somewhere?")
        .aliases(&["regexp", "rlike"])
        .label("REGEXP_LIKE"),
    f("regexpCount", "regexp_count", &[STR, REGEXP], returns::int, "Number of matches"),
    f("regexpSubstr", "regexp_substr", &[STR, REGEXP], returns::string, "First match; NULL without one").nullable(),
    f(
        "regexpInstr",
        "regexp_instr",
        &[STR, REGEXP, Param::column("idx", Integer).optional()],
        returns::int,
        "Position of the first match, 0 without one",
    ),
    f("like", "like", LIKE, returns::boolean, "Does the pattern with `%` and `_` match, in this letter case? `\\` makes the next character literal")
        .rule(),
    f("ilike", "ilike", LIKE, returns::boolean, "Does the pattern with `%` and `_` match, in any letter case?").rule(),
    f("contains", "contains", &[Param::column("left", Text), Param::column("right", Text)], returns::boolean, "Does the text hold another?"),
    f("startswith", "startswith", &[STR, Param::column("prefix", Text)], returns::boolean, "Does the text start so?"),
    f("endswith", "endswith", &[STR, Param::column("suffix", Text)], returns::boolean, "Does the text end so?"),
    f(
        "levenshtein",
        "levenshtein",
        &[Param::column("left", Text), Param::column("right", Text), Param::literal("threshold", Integer).optional()],
        returns::int,
        "Least number of inserted, deleted and replaced characters; -1 beyond the threshold",
    ),
    f("soundex", "soundex", S, returns::string, "Soundex code; a text that does not start with an ASCII letter stays as it is"),
    f("ascii", "ascii", S, returns::int, "Code point of the first character, 0 for an empty text"),
    f("chr", "chr", &[Param::column("n", Integer)], returns::string, "Character of a code modulo 256; empty for negative numbers").aliases(&["char"]),
    f(
        "hex",
        "hex",
        &[Param::column("col", Any)],
        returns::string,
        "Hexadecimal digits of an integer (two's complement), or of the bytes of a text or binary",
    ),
    f("unhex", "unhex", S, returns::binary, "Bytes of hexadecimal digits; NULL if there are other characters").nullable(),
    f("base64", "base64", &[Param::column("col", Binary)], returns::string, "Base64 of a binary or of a text's UTF-8"),
    f("unbase64", "unbase64", S, returns::binary, "Bytes of a base64 text; NULL if it is none").nullable(),
    f("md5", "md5", &[Param::column("col", Binary)], returns::string, "MD5 in hexadecimal"),
    f("sha1", "sha1", &[Param::column("col", Binary)], returns::string, "SHA-1 in hexadecimal").aliases(&["sha"]).label("sha1"),
    f(
        "sha2",
        "sha2",
        &[Param::column("col", Binary), Param::literal("numBits", Integer)],
        returns::string,
        "SHA-2 in hexadecimal, of 224, 256 (also 0), 384 or 512 bits; NULL for other numbers",
    )
    .nullable(),
    f("crc32", "crc32", &[Param::column("col", Binary)], returns::long, "CRC-32 as a number"),
    f(
        "formatNumber",
        "format_number",
        &[Param::column("col", Number), Param::literal("d", Any)],
        returns::string,
        "Number with thousands separators, rounded half even to d decimals; NULL if d is negative",
    )
    .nullable(),
    f(
        "formatString",
        "format_string",
        &[Param::literal("format", Text), Param::column("cols", Any).optional().variadic()],
        returns::string,
        "Formatted as by printf: `%s %d %5.2f %x %e %%`, with positions as `%1$s`",
    )
    .sees_nulls()
    .typed()
    .aliases(&["printf"]),
    f(
        "overlay",
        "overlay",
        &[Param::column("src", Text), Param::column("replace", Text), Param::column("pos", Integer), Param::column("len", Integer).optional()],
        returns::string,
        "Part from a position, as long as the replacement or of the given length, replaced",
    ),
    f("findInSet", "find_in_set", &[STR, Param::column("strArray", Text)], returns::int, "Position in a comma-separated list, from 1; 0 if absent"),
    f(
        "elt",
        "elt",
        &[Param::column("n", Integer), Param::column("inputs", Text).variadic()],
        returns::string,
        "The nth of the texts, from 1; NULL beyond",
    )
    .nullable()
    .sees_nulls(),
    f("space", "space", &[Param::column("n", Integer)], returns::string, "That many spaces"),
    f(
        "encode",
        "encode",
        &[Param::column("col", Text), Param::literal("charset", Text)],
        returns::binary,
        "Bytes in a character set: utf-8, utf-16, us-ascii, iso-8859-1",
    ),
    f(
        "decode",
        "decode",
        &[Param::column("col", Binary), Param::literal("charset", Text)],
        returns::string,
        "Text of bytes in a character set: utf-8, utf-16, us-ascii, iso-8859-1",
    ),
    f("urlEncode", "url_encode", S, returns::string, "Encoded as application/x-www-form-urlencoded"),
    f("urlDecode", "url_decode", S, returns::string, "Decoded from application/x-www-form-urlencoded; NULL if malformed").nullable(),
];
