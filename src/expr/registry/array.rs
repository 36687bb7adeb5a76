//! Arrays, structs, maps and JSON. All are JSON text in SQLite; positions in arrays count from 1, in `get` from 0.

use super::Wants::{Any, Array, Boolean, Integer, Map, Text};
use super::{Function, FunctionKind, Param, Returns, returns};

const fn f(name: &'static str, sql_name: &'static str, params: &'static [Param], returns: Returns, doc: &'static str) -> Function {
    Function::new("array", FunctionKind::Scalar, (name, sql_name), params, returns, doc)
}

const fn rows(name: &'static str, sql_name: &'static str, params: &'static [Param], returns: Returns, doc: &'static str) -> Function {
    Function::new("array", FunctionKind::Generator, (name, sql_name), params, returns, doc).rule()
}

const COL: Param = Param::column("col", Array);
const ONE: &[Param] = &[COL];
const VALUE: &[Param] = &[COL, Param::literal("value", Any)];
const TWO: &[Param] = &[Param::column("col1", Array), Param::column("col2", Array)];
const ANY: &[Param] = &[Param::column("col", Any)];
const MAP: &[Param] = &[Param::column("col", Map)];
const JSON: Param = Param::column("col", Text);
const OPTIONS: Param = Param::literal("options", Any);

pub static FUNCTIONS: &[Function] = &[
    f("array", "array", &[Param::column("cols", Any).optional().variadic()], returns::array_of_common, "Array of the arguments").never_null().typed(),
    f("arrayContains", "array_contains", VALUE, returns::array_to_boolean, "Does the array hold the value? NULL if not and it holds a NULL").typed(),
    f("arrayPosition", "array_position", VALUE, returns::array_to_long, "Position of the first such element, from 1; 0 without any").typed().total(),
    f("arrayAppend", "array_append", VALUE, returns::array_with_value, "With a value at the end").sees_nulls().typed(),
    f("arrayPrepend", "array_prepend", VALUE, returns::array_with_value, "With a value at the start").sees_nulls().typed(),
    f(
        "arrayInsert",
        "array_insert",
        &[COL, Param::column("pos", Integer), Param::literal("value", Any)],
        returns::array_with_value,
        "With a value at a position, negative from the end; NULLs fill a gap",
    )
    .sees_nulls()
    .typed(),
    f("arrayRemove", "array_remove", VALUE, returns::array_without_value, "Without the elements that equal the value").total().typed(),
    f("arrayDistinct", "array_distinct", ONE, returns::same_array, "Without repeated elements").total(),
    f("arrayCompact", "array_compact", ONE, returns::same_array, "Without NULLs").total(),
    f("arraySort", "array_sort", ONE, returns::same_array, "Ascending, NULLs last").total(),
    f(
        "sortArray",
        "sort_array",
        &[COL, Param::literal("asc", Boolean).optional()],
        returns::same_array,
        "Ascending with NULLs first, or descending with NULLs last",
    )
    .total(),
    f("arrayMax", "array_max", ONE, returns::element_of_first, "Greatest element; NULL without any"),
    f("arrayMin", "array_min", ONE, returns::element_of_first, "Least element; NULL without any"),
    f("arrayUnion", "array_union", TWO, returns::common_array, "Elements of either, each once").total(),
    f("arrayIntersect", "array_intersect", TWO, returns::common_array, "Elements of both, each once").total(),
    f("arrayExcept", "array_except", TWO, returns::common_array, "Elements of the first that the second lacks, each once").total(),
    f("arraysOverlap", "arrays_overlap", TWO, returns::boolean, "Have both an element in common? NULL if not and one holds a NULL"),
    f(
        "arrayJoin",
        "array_join",
        &[COL, Param::literal("delimiter", Text), Param::literal("nullReplacement", Text).optional()],
        returns::array_to_string,
        "Elements joined by a delimiter; NULLs are left out, or replaced",
    )
    .total(),
    f("arraysZip", "arrays_zip", &[Param::column("cols", Array).variadic()], returns::json, "Array of structs of the nth elements"),
    f(
        "arrayRepeat",
        "array_repeat",
        &[Param::column("col", Any), Param::column("count", Integer)],
        returns::array_of_first,
        "Array of one value, repeated",
    )
    .sees_nulls()
    .typed(),
    f("size", "size", ANY, returns::size, "Number of elements; -1 for NULL, as in PySpark").aliases(&["cardinality"]).never_null(),
    f("arraySize", "array_size", ONE, returns::size, "Number of elements; NULL for NULL").total(),
    f(
        "slice",
        "slice",
        &[Param::column("x", Array), Param::column("start", Integer), Param::column("length", Integer)],
        returns::same_array,
        "Elements from a position, from 1, negative from the end",
    )
    .total(),
    f(
        "elementAt",
        "element_at",
        &[Param::column("col", Any), Param::literal("extraction", Any)],
        returns::element_or_value,
        "Element at a position, from 1, negative from the end, or value of a key; NULL where there is none",
    ),
    f(
        "tryElementAt",
        "try_element_at",
        &[Param::column("col", Any), Param::column("extraction", Any)],
        returns::element_or_value,
        "Element at a position or value of a key; NULL where there is none",
    ),
    f("get", "get", &[COL, Param::column("index", Integer)], returns::element_of_first, "Element at an index, from 0; NULL where there is none"),
    f("flatten", "flatten", ONE, returns::flattened, "Array of arrays made one array; NULL if one of them is NULL"),
    f(
        "sequence",
        "sequence",
        &[Param::column("start", Any), Param::column("stop", Any), Param::column("step", Any).optional()],
        returns::sequence,
        "Array from start to stop, both included; of dates by days or by a step such as `1 month`",
    )
    .total(),
    f("shuffle", "shuffle", ONE, returns::same_array, "In random order").volatile().total(),
    f("struct", "struct", &[Param::column("cols", Any).variadic()], returns::structure, "Struct of the arguments, named as columns")
        .never_null()
        .typed()
        .rule(),
    f("namedStruct", "named_struct", &[Param::literal("cols", Any).variadic()], returns::structure, "Struct of names and values in turn")
        .never_null()
        .typed()
        .rule(),
    f("createMap", "map", &[Param::column("cols", Any).optional().variadic()], returns::map, "Map of keys and values in turn")
        .never_null()
        .typed()
        .aliases(&["create_map"]),
    f(
        "mapFromArrays",
        "map_from_arrays",
        &[Param::column("keys", Array), Param::column("values", Array)],
        returns::map_from_arrays,
        "Map of an array of keys and one of values",
    )
    .total(),
    f("mapFromEntries", "map_from_entries", ONE, returns::map_from_entries, "Map of an array of structs of key and value").total(),
    f("mapConcat", "map_concat", &[Param::column("maps", Map).variadic()], returns::map_concat, "Map of the members of all; no key may come twice")
        .total(),
    f("mapKeys", "map_keys", MAP, returns::map_keys, "Array of the keys").total().typed(),
    f("mapValues", "map_values", MAP, returns::map_values, "Array of the values").total(),
    f("mapEntries", "map_entries", MAP, returns::map_entries, "Array of structs of key and value").total().typed(),
    f(
        "mapContainsKey",
        "map_contains_key",
        &[Param::column("col", Map), Param::literal("value", Any)],
        returns::map_to_boolean,
        "Has the map this key?",
    )
    .total(),
    f(
        "strToMap",
        "str_to_map",
        &[Param::column("text", Text), Param::literal("pairDelim", Text).optional(), Param::literal("keyValueDelim", Text).optional()],
        returns::map_of_texts,
        "Map of a text such as `a:1,b:2`; the delimiters, `,` and `:` if not given, are regular expressions",
    ),
    f(
        "getJsonObject",
        "get_json_object",
        &[JSON, Param::literal("path", Text)],
        returns::string,
        "Text of what a path (`$.a[0].b`, `$['a b']`) finds in JSON; NULL without any",
    ),
    f("jsonArrayLength", "json_array_length", &[JSON], returns::int, "Number of elements of a JSON array; NULL for anything else"),
    f("jsonObjectKeys", "json_object_keys", &[JSON], returns::array_of_strings, "Keys of a JSON object; NULL for anything else"),
    f(
        "fromJson",
        "from_json",
        &[JSON, Param::literal("schema", Any), OPTIONS.optional()],
        returns::json,
        "Struct, array or map of a JSON text by a DDL schema (`a INT, b ARRAY<STRING>`)",
    )
    .rule(),
    f(
        "toJson",
        "to_json",
        &[Param::column("col", Any), OPTIONS.optional()],
        returns::string,
        "JSON text of a struct, array or map; fields that are NULL are left out",
    )
    .typed()
    .total(),
    rows(
        "jsonTuple",
        "json_tuple",
        &[JSON, Param::literal("fields", Text).variadic()],
        returns::string,
        "Columns c0, c1, … of the named fields of a JSON object",
    ),
    rows("explode", "explode", ANY, returns::exploded, "One row per element; none for an empty array or NULL"),
    rows("explodeOuter", "explode_outer", ANY, returns::exploded, "One row per element; one with NULL for an empty array or NULL"),
    rows("posexplode", "posexplode", ANY, returns::exploded, "One row per element with its position from 0: columns pos and col"),
    rows("posexplodeOuter", "posexplode_outer", ANY, returns::exploded, "As posexplode; one row of NULLs for an empty array or NULL"),
    rows(
        "stack",
        "stack",
        &[Param::literal("n", Integer), Param::column("cols", Any).variadic()],
        returns::exploded,
        "n rows of the values in turn, in columns col0, col1, …; NULLs fill the last row",
    ),
    rows("inline", "inline", ANY, returns::exploded, "One row per struct of an array, its fields as columns"),
    rows("inlineOuter", "inline_outer", ANY, returns::exploded, "As inline; one row of NULLs for an empty array or NULL"),
];
