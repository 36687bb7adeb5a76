//! SQLite's lines in plain words. Lines of another version of SQLite that are not known here stay as they are.

use super::RunCounts;
use super::steps::Steps;

/// The whole explanation as text: the statement, the steps as a tree, the counts of a run.
pub(super) fn explanation(sql: &str, steps: &Steps, counts: Option<&RunCounts>) -> String {
    let mut text = format!("{sql}\n\nHow SQLite runs it:\n");
    if steps.steps.is_empty() {
        text.push_str("directly, without reading a table\n");
    }
    let depths: Vec<usize> = steps.steps.iter().map(|step| step.depth).collect();
    for (step, branch) in steps.steps.iter().zip(branches(&depths)) {
        text.push_str(&format!("{branch}{}   [{}]\n", step.text, step.detail));
    }
    if let Some(counts) = counts {
        text.push_str("\nCounted in one run:\n");
        let lines = [
            ("rows in the result", grouped(counts.rows)),
            ("rows read by going through whole tables", grouped(counts.full_scan_rows.unsigned_abs().into())),
            ("sorts", grouped(counts.sorts.unsigned_abs().into())),
            ("rows put into automatic indexes", grouped(counts.automatic_index_rows.unsigned_abs().into())),
            ("steps of SQLite's virtual machine", grouped(counts.vm_steps.unsigned_abs().into())),
            ("seconds", format!("{:.6}", counts.elapsed)),
        ];
        for (what, n) in lines {
            text.push_str(&format!("{n:>12}  {what}\n"));
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// `1234567` as `1,234,567`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}

/// The lines before each entry of a tree that is given by the depths of its entries in reading order.
pub(super) fn branches(depths: &[usize]) -> Vec<String> {
    // Backwards: at each depth, does another entry of the same parent follow?
    let mut follows: Vec<bool> = Vec::new();
    let mut lines = Vec::with_capacity(depths.len());
    for &depth in depths.iter().rev() {
        follows.resize(depth + 1, false);
        let mut line = String::new();
        for more in follows.iter().take(depth) {
            line.push_str(if *more { "│  " } else { "   " });
        }
        line.push_str(if follows[depth] { "├─ " } else { "└─ " });
        follows[depth] = true;
        lines.push(line);
    }
    lines.reverse();
    lines
}

/// One line of EXPLAIN QUERY PLAN.
pub(super) fn of(detail: &str) -> String {
    if let Some(rest) = detail.strip_prefix("SCAN ") {
        return scan(rest);
    }
    if let Some(rest) = detail.strip_prefix("SEARCH ") {
        return search(rest);
    }
    if let Some(what) = detail.strip_prefix("USE TEMP B-TREE FOR ") {
        return temporary(what);
    }
    if let Some(name) = detail.strip_prefix("CO-ROUTINE ") {
        return format!("computes the subquery {name} row by row as it is read");
    }
    if let Some(name) = detail.strip_prefix("MATERIALIZE ") {
        return format!("computes the subquery {name} once, into a temporary table");
    }
    if let Some(rest) = detail.strip_prefix("BLOOM FILTER ON ") {
        return format!("keeps a Bloom filter on {rest} to pass over rows without a match early");
    }
    if let Some(name) = detail.strip_prefix("RIGHT-JOIN ") {
        return format!("adds the rows of {name} that found no match (right or full join)");
    }
    if let Some(inner) = detail.strip_prefix("MERGE (").and_then(|rest| rest.strip_suffix(')')) {
        return format!("merges two sorted SELECTs ({inner})");
    }
    if detail.starts_with("CORRELATED SCALAR SUBQUERY") {
        return "computes a subquery again for every row (correlated)".into();
    }
    if detail.starts_with("SCALAR SUBQUERY") {
        return "computes a subquery once".into();
    }
    if detail.starts_with("CORRELATED LIST SUBQUERY") {
        return "makes the list of IN again for every row (correlated)".into();
    }
    if detail.starts_with("LIST SUBQUERY") {
        return "makes the list of IN once".into();
    }
    if detail.starts_with("REUSE LIST SUBQUERY") {
        return "uses the list of IN that was made before".into();
    }
    if detail.starts_with("REUSE SUBQUERY") {
        return "uses the result of the subquery that was computed before".into();
    }
    if let Some(n) = detail.strip_prefix("INDEX ") {
        return format!("one side of OR (number {n})");
    }
    match detail {
        "COMPOUND QUERY" => "puts several SELECTs together".into(),
        "LEFT-MOST SUBQUERY" => "the first SELECT".into(),
        "UNION ALL" => "appends the next SELECT".into(),
        "UNION USING TEMP B-TREE" => "adds the next SELECT without duplicates (temporary b-tree)".into(),
        "EXCEPT USING TEMP B-TREE" => "takes away the rows of the next SELECT (temporary b-tree)".into(),
        "INTERSECT USING TEMP B-TREE" => "keeps the rows that the next SELECT has too (temporary b-tree)".into(),
        "LEFT" => "the left side".into(),
        "RIGHT" => "the right side".into(),
        "MULTI-INDEX OR" => "looks up each side of OR with an index of its own".into(),
        "SETUP" => "begins the recursion".into(),
        "RECURSIVE STEP" => "repeats the step until it gives no more rows".into(),
        other => other.to_owned(),
    }
}

/// What stands after the name of a table: the rest, and how the join ends.
fn without_ending(rest: &str) -> (&str, &'static str) {
    if let Some(rest) = rest.strip_suffix(" LEFT-JOIN") {
        (rest, ", keeping rows without a match (left join)")
    } else if let Some(rest) = rest.strip_suffix(" EXISTS") {
        (rest, ", until the first match")
    } else {
        (rest, "")
    }
}

fn scan(rest: &str) -> String {
    if rest.ends_with("CONSTANT ROW") || rest.ends_with("CONSTANT ROWS") {
        return "makes rows of constants, without a table".into();
    }
    let (rest, ending) = without_ending(rest);
    if let Some((name, _)) = rest.rsplit_once(" VIRTUAL TABLE INDEX ") {
        return format!("reads the table function {name}{ending}");
    }
    if let Some((name, index)) = rest.rsplit_once(" USING COVERING INDEX ") {
        return format!("reads all of index {index} instead of {name} (it holds every column that is needed){ending}");
    }
    if let Some((name, index)) = rest.rsplit_once(" USING INDEX ") {
        return format!("reads every row of {name} in the order of index {index}{ending}");
    }
    format!("reads every row of {rest}{ending}")
}

fn search(rest: &str) -> String {
    let (rest, ending) = without_ending(rest);
    if let Some((name, _)) = rest.rsplit_once(" VIRTUAL TABLE INDEX ") {
        return format!("reads the table function {name}{ending}");
    }
    let Some((name, how)) = rest.split_once(" USING ") else { return format!("finds rows of {rest}{ending}") };
    let (how, condition) = match how.rsplit_once(" (") {
        Some((how, condition)) => (how, condition.trim_end_matches(')')),
        None => (how, ""),
    };
    let by = condition.replace("=?", " = …").replace(">?", " > …").replace("<?", " < …").replace(" AND ", " and ");
    if how.starts_with("AUTOMATIC ") {
        return format!("builds an index of {name} for this statement alone, then finds rows by {by}{ending}");
    }
    match how.strip_prefix("COVERING INDEX ").or_else(|| how.strip_prefix("INDEX ")) {
        Some(index) if how.starts_with("COVERING") => {
            format!("finds rows of {name} by {by} in index {index} alone (it holds every column that is needed){ending}")
        }
        Some(index) => format!("finds rows of {name} by {by} with index {index}{ending}"),
        None => format!("finds rows of {name} by its primary key{ending}"),
    }
}

fn temporary(what: &str) -> String {
    match what {
        "ORDER BY" => "sorts the rows for ORDER BY (temporary b-tree)".into(),
        "GROUP BY" => "sorts the rows to bring equal keys together for GROUP BY (temporary b-tree)".into(),
        "DISTINCT" => "remembers the rows seen to leave out duplicates (temporary b-tree)".into(),
        _ => match what.strip_suffix(" OF ORDER BY") {
            Some(part) => format!("sorts by the {} of ORDER BY among rows already in order (temporary b-tree)", part.to_lowercase()),
            None => format!("remembers the values seen for {what} (temporary b-tree)"),
        },
    }
}
