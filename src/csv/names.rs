//! Column names from a header: every column gets one, and no two are the same in any letter case.

use std::collections::HashSet;

/// What was done to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was empty and became `_c` with the column's number from 0.
    Empty,
    /// It was there before and got `_2`, `_3`, …
    Repeated,
}

/// The names, and which were changed. A name that stands in the header as it is keeps it; only later or made-up ones give way.
pub fn distinct(header: Vec<String>) -> (Vec<String>, Vec<(usize, Change)>) {
    let given: HashSet<String> = header.iter().filter(|n| !n.is_empty()).map(|n| n.to_lowercase()).collect();
    let mut taken = HashSet::new();
    let mut changes = Vec::new();
    let names = header
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            if !name.is_empty() && taken.insert(name.to_lowercase()) {
                return name;
            }
            let (base, change) = if name.is_empty() { (format!("_c{i}"), Change::Empty) } else { (name, Change::Repeated) };
            changes.push((i, change));
            let mut candidate = base.clone();
            let mut n = 2;
            if change == Change::Repeated {
                candidate = format!("{base}_2");
                n = 3;
            }
            while given.contains(&candidate.to_lowercase()) || taken.contains(&candidate.to_lowercase()) {
                candidate = format!("{base}_{n}");
                n += 1;
            }
            taken.insert(candidate.to_lowercase());
            candidate
        })
        .collect();
    (names, changes)
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn empty_and_repeated_names_give_way_to_those_that_are_written() {
        let check = |header: &[&str], expected: &[&str]| {
            let (names, _) = distinct(header.iter().map(|n| (*n).to_owned()).collect());
            assert_eq!(names, expected);
        };
        check(&["a", "b"], &["a", "b"]);
        check(&["x", "x", "X"], &["x", "x_2", "X_3"]);
        check(&["", "", ""], &["_c0", "_c1", "_c2"]);
        check(&["_c1", "", "x"], &["_c1", "_c1_2", "x"]);
        check(&["a", "a", "a_2"], &["a", "a_3", "a_2"]);
        check(&["", "_C0"], &["_c0_2", "_C0"]);
    }
}
