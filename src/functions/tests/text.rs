//! Texts: parts, encodings, formats, regular expressions.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::check;

#[test]
fn text() {
    check(
        "upper('straße') => 'STRASSE'
         lower('İstanbul') => 'i\u{307}stanbul'
         initcap('hello wORLD of-all  x') => 'Hello World Of-all  X'
         length('😀é') => 2
         length(x'616263') => 3
         trim('  a ') => 'a'
         trim('xxaxx', 'x') => 'a'
         lpad('abc', 5, 'xy') => 'xyabc'
         lpad('abc', 2, 'x') => 'ab'
         lpad('abc', 5, '') => 'abc'
         lpad('abc', -1) => ''
         rpad('é', 3, '日本') => 'é日本'
         substring('abc', 0, 2) => 'ab'
         substring('abc', -2) => 'bc'
         substring('abc', -5, 3) => 'a'
         substring('abc', 2, -1) => ''
         substring('😀é😀', -2, 2) => 'é😀'
         substring('abc', 9223372036854775807, 9223372036854775807) => ''
         substring('abc', -9223372036854775808, 2) => ''
         substring_index('a.b.c', '.', 2) => 'a.b'
         substring_index('a.b.c', '.', -1) => 'c'
         substring_index('a.b.c', '.', 0) => ''
         substring_index('a.b.c', 'x', 1) => 'a.b.c'
         \"left\"('abc', 2) => 'ab'
         \"right\"('abc', 5) => 'abc'
         instr('日本語', '語') => 3
         instr('abc', '') => 1
         locate('b', 'abcb', 3) => 4
         locate('b', 'abcb', 0) => 0
         locate('z', 'abc', 2) => 0
         replace('abab', 'a', 'x') => 'xbxb'
         replace('abc', '', 'x') => 'abc'
         replace('abab', 'a') => 'bb'
         translate('hello', 'lo', 'x') => 'hexx'
         repeat('ab', 3) => 'ababab'
         repeat('ab', -1) => ''
         split_part('a,b,c', ',', -1) => 'c'
         split_part('a,b', ',', 5) => ''
         levenshtein('kitten', 'sitting') => 3
         levenshtein('kitten', 'sitting', 2) => -1
         soundex('Robert') => 'R163'
         soundex('Tymczak') => 'T522'
         soundex('') => ''
         ascii('é') => 233
         ascii('') => 0
         chr(65) => 'A'
         chr(-1) => ''
         chr(321) => 'A'
         overlay('hello', 'XX', 2) => 'hXXlo'
         overlay('hello', 'XX', 2, 0) => 'hXXello'
         find_in_set('b', 'a,b,c') => 2
         elt(2, 'a', 'b') => 'b'
         elt(3, 'a', 'b') => NULL
         contains('abc', '') => 1
         startswith('abc', 'AB') => 0
         concat('a', 1, 2.0) => 'a12.0'
         concat('a', NULL) => NULL
         concat_ws('-', 'a', NULL, 3) => 'a-3'
         concat_ws(NULL, 'a') => NULL
         concat() => ''
         reverse('😀é') => 'é😀'",
    );
}

#[test]
fn encodings() {
    check(
        "hex('abc') => '616263'
         hex(-5) => 'FFFFFFFFFFFFFFFB'
         unhex('414') => x'0414'
         unhex('xyz') => NULL
         base64('hello') => 'aGVsbG8='
         unbase64('aGVsbG8') => x'68656c6c6f'
         md5('abc') => '900150983cd24fb0d6963f7d28e17f72'
         sha1('abc') => 'a9993e364706816aba3e25717850c26c9cd0d89d'
         sha2('abc', 0) => 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
         sha2('abc', 1) => NULL
         crc32('abc') => 891568578
         encode('é', 'iso-8859-1') => x'e9'
         decode(x'feff00e9', 'utf-16') => 'é'
         url_encode('a b&é') => 'a+b%26%C3%A9'
         url_decode('a+b%26%C3%A9') => 'a b&é'
         url_decode('%4') => NULL",
    );
}

#[test]
fn formats() {
    check(
        "format_number(1234567.891, 2) => '1,234,567.89'
         format_number(1234, 2) => '1,234.00'
         format_number(-0.5, 0) => '-0'
         format_number(2.5, 0) => '2'
         format_number(2.675, 2) => '2.67'
         format_string('%.2f %.1e', 2.675, 25000.0) => '2.68 2.5e+04'
         format_number(1, -1) => NULL
         format_string('%s has %d and %5.2f%%', 'x', 3, 2.5) => 'x has 3 and  2.50%'
         format_string('%2$s %1$s', 'a', 'b') => 'b a'
         format_string('%05d|%-5s|%+d|%,d', 42, 'ab', 7, 1234567) => '00042|ab   |+7|1,234,567'
         format_string('%x %X %o %e %g %c', 255, 255, 8, 12345.678, 0.0001, 65) => 'ff FF 10 1.234568e+04 0.000100000 A'
         format_string('%s', NULL) => 'null'
         format_string('%s %s', 1.0, 'x') => '1.0 x'
         format_string('%d', 'x') => error: format_string: %d does not fit its argument
         format_string('%s') => error: format_string: \"%s\" needs argument 1, but there are 0",
    );
}

#[test]
fn regular_expressions() {
    check(
        "regexp_extract('100-200', '(\\d+)-(\\d+)', 2) => '200'
         regexp_extract('foo', '(\\d+)', 1) => ''
         regexp_extract('a1b2', '[a-z]\\d', 0) => 'a1'
         regexp_extract('a', 'a', 1) => error: regular expression 'a' has 0 groups, there is no group 1
         regexp_extract_all('a1 b2', '([a-z])(\\d)', 2) => '[\"1\",\"2\"]'
         regexp_replace('100-200', '(\\d+)', 'num') => 'num-num'
         regexp_replace('ab', '(a)(b)', '$2$1') => 'ba'
         regexp_replace('aXbX', 'X', '\\$', 3) => 'aXb$'
         regexp_replace('a', 'a', '$1') => error: regexp_replace: '$1' names a group that the regular expression lacks
         regexp_like('abc', '^A') => 0
         regexp_like('abc', '(?i)^A') => 1
         'abc' REGEXP 'b.$' => 1
         regexp_count('aaa', 'a') => 3
         regexp_substr('x12', '\\d+') => '12'
         regexp_substr('x', '\\d+') => NULL
         regexp_instr('é12', '\\d') => 2
         split('a,b,,c', ',') => '[\"a\",\"b\",\"\",\"c\"]'
         split('oneAtwoBthree', '[ABC]', 2) => '[\"one\",\"twoBthree\"]'
         split('', ',') => '[\"\"]'
         split('abc', '') => '[\"a\",\"b\",\"c\"]'
         split('a1b1', '1') => '[\"a\",\"b\",\"\"]'
         'abc' LIKE 'A%' => 0
         'a_c' LIKE 'a\\_c' => 1
         'abc' LIKE 'a\\_c' => 0
         ilike('ABC', 'a_c') => 1
         'a%' LIKE 'a#%' ESCAPE '#' => 1
         NULL LIKE 'a' => NULL",
    );
}
