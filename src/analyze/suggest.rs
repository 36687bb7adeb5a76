//! "… might be meant": the nearest of the names that exist.

use crate::error::{Code, Error};

/// The candidate that a slip of the hand is likeliest to have meant, if one is near enough.
pub fn nearest<'a>(asked: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let asked: Vec<char> = asked.to_lowercase().chars().take(64).collect();
    let limit = (asked.len() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .take(2_000)
        .filter_map(|name| {
            let chars: Vec<char> = name.to_lowercase().chars().take(64).collect();
            let distance = distance(&asked, &chars);
            (distance <= limit && distance < asked.len().max(1)).then_some((distance, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Edits (insert, delete, replace, swap of neighbours) from one text to the other.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = vec![];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mut best = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// At most twenty names, then how many more there are.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let shown = names.iter().take(20).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "none".into(),
        n if n > 20 => format!("{shown}, … ({} more)", n - 20),
        _ => shown,
    }
}

/// A name that does not exist among those that do.
pub fn unknown(code: Code, what: &str, asked: &str, plural: &str, existing: &[&str]) -> Error {
    let error = Error::new(code, format!("{what} \"{asked}\" not found; {plural} are: {}", list(existing.iter().copied())))
        .detail("name", asked)
        .detail(plural, existing.iter().take(200).map(|n| (*n).to_owned()).collect::<Vec<String>>());
    with_nearest(error, asked, existing.iter().copied())
}

/// The error with the nearest of the names that exist as its hint, if one is near enough.
pub fn with_nearest<'a>(error: Error, asked: &str, existing: impl IntoIterator<Item = &'a str>) -> Error {
    match nearest(asked, existing) {
        Some(name) => error.hint(format!("\"{name}\" might be meant")).detail("suggestion", name),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::nearest;

    #[test]
    fn the_nearest_name_within_reach() {
        let names = ["id", "amount", "country"];
        assert_eq!(nearest("amuont", names), Some("amount"));
        assert_eq!(nearest("AMOUNT", names), Some("amount"));
        assert_eq!(nearest("contry", names), Some("country"));
        assert_eq!(nearest("zzz", names), None);
        assert_eq!(nearest("", names), None);
    }
}
