//! Arrays, maps, structs and JSON.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::check;

#[test]
fn arrays() {
    check(
        "array(1, 'a', NULL, 2.0) => '[1,\"a\",null,2.0]'
         array_contains('[1,null]', 1) => 1
         array_contains('[1,null]', 2) => NULL
         array_contains('[1.0]', 1) => 1
         array_position('[\"a\",\"b\"]', 'b') => 2
         array_position('[]', 'b') => 0
         array_append('[1]', NULL) => '[1,null]'
         array_append(NULL, 1) => NULL
         array_insert('[1,2]', 5, 9) => '[1,2,null,null,9]'
         array_insert('[1,2,3]', -2, 9) => '[1,2,9,3]'
         array_insert('[1]', -3, 9) => '[9,null,1]'
         array_remove('[1,2,1,null]', 1) => '[2,null]'
         array_distinct('[1,1.0,null,2,null]') => '[1,null,2]'
         array_sort('[3,null,1]') => '[1,3,null]'
         sort_array('[3,null,1]') => '[null,1,3]'
         sort_array('[3,null,1]', 0) => '[3,1,null]'
         sort_array('[\"😀\",\"日本\",\"é\"]') => '[\"é\",\"日本\",\"😀\"]'
         array_max('[1,null,3]') => 3
         array_min('[]') => NULL
         array_join('[\"a\",null,\"b\"]', '-') => 'a-b'
         array_join('[\"a\",null]', '-', '?') => 'a-?'
         array_union('[1,2]', '[2,3]') => '[1,2,3]'
         array_intersect('[1,2,2]', '[2,3]') => '[2]'
         array_except('[1,2,1]', '[2]') => '[1]'
         arrays_overlap('[1,null]', '[2]') => NULL
         arrays_overlap('[1,null]', '[1]') => 1
         arrays_overlap('[null]', '[]') => 0
         array_repeat('x', 2) => '[\"x\",\"x\"]'
         size('[1,2]') => 2
         size(NULL) => -1
         slice('[1,2,3]', -2, 2) => '[2,3]'
         slice('[1]', -2, 2) => '[]'
         slice('[1]', 0, 2) => error: slice: positions count from 1, there is no position 0
         element_at('[1,2]', -1) => 2
         element_at('[1,2]', 3) => NULL
         element_at('[true]', 1) => 1
         element_at('{\"a\":[1]}', 'a') => '[1]'
         get('[1,2]', 0) => 1
         get('[1,2]', -1) => NULL
         flatten('[[1],[2,3]]') => '[1,2,3]'
         flatten('[[1],null]') => NULL
         sequence(3, 1) => '[3,2,1]'
         sequence(0, 10, 5) => '[0,5,10]'
         sequence(1, 3, -1) => error: sequence: steps of -1 do not lead from 1 to 3
         sequence('2024-01-31', '2024-04-01', 'interval 1 month') => '[\"2024-01-31\",\"2024-02-29\",\"2024-03-31\"]'
         sequence('2024-02-28', '2024-03-01') => '[\"2024-02-28\",\"2024-02-29\",\"2024-03-01\"]'
         array_contains('not json', 1) => NULL",
    );
}

#[test]
fn json() {
    check(
        "get_json_object('{\"a\":{\"b\":[1,2]}}', '$.a.b[1]') => '2'
         get_json_object('{\"a\":{\"b\":[1,2]}}', '$.a') => '{\"b\":[1,2]}'
         get_json_object('{\"k k\":true}', '$[''k k'']') => 'true'
         get_json_object('{\"a\":null}', '$.a') => NULL
         get_json_object('nonsense', '$.a') => NULL
         get_json_object('[{\"x\":1},{\"x\":2}]', '$[*].x') => '[1,2]'
         from_json('{\"a\":1,\"b\":\"x\"}', 'a BIGINT, b STRING, c DOUBLE') => '{\"a\":1,\"b\":\"x\",\"c\":null}'
         from_json('nonsense', 'a INT') => '{\"a\":null}'
         from_json('[1,\"x\"]', 'array<int>') => '[1,null]'
         from_json('{\"a\":9007199254740993}', 'a BIGINT') => '{\"a\":9007199254740993}'
         to_json('{\"a\":null,\"b\":[null]}') => '{\"b\":[null]}'
         json_array_length('{}') => NULL
         json_object_keys('{\"a\":1,\"b\":2}') => '[\"a\",\"b\"]'
         named_struct('a', 1, 'b', NULL) => '{\"a\":1,\"b\":null}'
         map('a', 1) => '{\"a\":1}'
         map('a', 1, 'a', 2) => error: a map cannot have the key 'a' twice
         map_values('{\"a\":1}') => '[1]'
         map_entries('{\"a\":1}') => '[{\"key\":\"a\",\"value\":1}]'
         map_contains_key('{\"a\":1}', 'b') => 0",
    );
}
