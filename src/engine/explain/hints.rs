//! Indexes that would help, each tried: in a database in memory with the same schema and statistics but no rows, SQLite plans the statement with
//! every single-column index at once; those it chooses are tried alone, and then with a second column. What improves the plan is reported.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use serde_json::{Value as Json, json};

use super::steps::Steps;
use crate::compile::quote::identifier;
use crate::engine::Database;
use crate::error::{Code, Result};
use crate::value::Value;

/// More columns than this are not tried: SQLite's planner slows down with the number of indexes.
const MAX_CANDIDATES: usize = 60;
const MARK: &str = "moltres_try";
/// Tables of ours: rows of frames, cached results. They are gone with the database, so an index on one helps nobody, and nobody knows their names.
const HIDDEN: &str = "_moltres_";

/// A column that the statement reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Column {
    table: String,
    name: String,
    is_temporary: bool,
}

pub(super) fn indexes(db: &Database, sql: &str) -> Result<Vec<Json>> {
    let Some(scratch) = Scratch::of(db, sql)? else { return Ok(vec![]) };
    let columns = scratch.columns_read();
    let before = scratch.plan(sql)?;
    // What the plan takes of all single columns together, then what each does alone.
    let singles: Vec<Vec<&Column>> = columns.iter().take(MAX_CANDIDATES).map(|column| vec![column]).collect();
    let all = scratch.plan_with(&singles, sql)?;
    let mut best: Vec<(Vec<&Column>, Steps)> = Vec::new();
    for candidate in singles.into_iter().filter(|candidate| is_used(&all, candidate)) {
        let after = scratch.plan_with(std::slice::from_ref(&candidate), sql)?;
        if after.badness() < before.badness() && is_used(&after, &candidate) {
            best.push((candidate, after));
        }
    }
    for (candidate, after) in &mut best {
        if let Some((pair, with_pair)) = extended(&scratch, &columns, candidate, after, sql)? {
            (*candidate, *after) = (pair, with_pair);
        }
    }
    // An index of two columns serves the statement as one of its first column does.
    let longer: Vec<Vec<&Column>> = best.iter().map(|(c, _)| c.clone()).filter(|c| c.len() > 1).collect();
    let is_covered = |c: &[&Column]| c.len() == 1 && longer.iter().any(|long| long.contains(&c[0]));
    let kept = best.iter().filter(|(candidate, _)| !is_covered(candidate));
    kept.map(|(candidate, after)| hint(db, candidate, &before, after)).collect()
}

/// The candidate with a second column, if that finds rows by both or saves a sort.
fn extended<'a>(
    scratch: &Scratch,
    columns: &'a BTreeSet<Column>,
    candidate: &[&'a Column],
    after: &Steps,
    sql: &str,
) -> Result<Option<(Vec<&'a Column>, Steps)>> {
    let [first] = candidate else { return Ok(None) };
    let seconds = columns.iter().filter(|c| c.table == first.table && c.is_temporary == first.is_temporary && c.name != first.name);
    for second in seconds.take(MAX_CANDIDATES) {
        let pair = vec![*first, second];
        let steps = scratch.plan_with(std::slice::from_ref(&pair), sql)?;
        let name = trial_name(&pair);
        let by_both = steps.steps.iter().any(|s| s.detail.starts_with("SEARCH ") && s.detail.contains(&name) && s.detail.contains(" AND "));
        if is_used(&steps, &pair) && (steps.badness() < after.badness() || (by_both && steps.badness() == after.badness())) {
            return Ok(Some((pair, steps)));
        }
    }
    Ok(None)
}

/// A database with the same schema and statistics, without rows.
struct Scratch {
    db: Database,
    /// Columns that SQLite's authorizer was asked about.
    reads: Arc<Mutex<BTreeSet<Column>>>,
}

impl Scratch {
    /// None where the statement cannot be prepared there.
    fn of(db: &Database, sql: &str) -> Result<Option<Scratch>> {
        let mut conn = Connection::open_in_memory()?;
        let reads: Arc<Mutex<BTreeSet<Column>>> = Arc::default();
        let sink = reads.clone();
        conn.authorizer(Some(move |context: AuthContext<'_>| {
            if let AuthAction::Read { table_name, column_name } = context.action
                && !column_name.is_empty()
                && column_name != "ROWID"
                && !table_name.starts_with("sqlite_")
                && !table_name.trim_start_matches('_').starts_with(HIDDEN.trim_start_matches('_'))
            {
                let is_temporary = context.database_name == Some("temp");
                let column = Column { table: table_name.to_owned(), name: column_name.to_owned(), is_temporary };
                sink.lock().unwrap_or_else(PoisonError::into_inner).insert(column);
            }
            Authorization::Allow
        }))?;
        let scratch = Scratch { db: Database::from_connection(conn)?, reads };
        copy_schema(db, scratch.conn())?;
        // User functions are stood in for: planning needs their names only.
        for _ in 0..50 {
            scratch.reads.lock().unwrap_or_else(PoisonError::into_inner).clear();
            match scratch.plan(sql) {
                Ok(_) => return Ok(Some(scratch)),
                Err(error) if error.code() == Code::UnknownFunction => {
                    let message = error.to_string();
                    let Some((_, name)) = message.split_once("no such function: ") else { return Ok(None) };
                    let stand_in = scratch.conn().create_scalar_function(name.trim(), -1, FunctionFlags::SQLITE_UTF8, |_| Ok(rusqlite::types::Null));
                    if stand_in.is_err() {
                        return Ok(None);
                    }
                }
                Err(_) => return Ok(None),
            }
        }
        Ok(None)
    }

    fn conn(&self) -> &Connection {
        self.db.connection()
    }

    fn plan(&self, sql: &str) -> Result<Steps> {
        Steps::read_from(self.conn(), sql)
    }

    fn columns_read(&self) -> BTreeSet<Column> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The plan with these indexes, which are gone again afterwards.
    fn plan_with(&self, indexes: &[Vec<&Column>], sql: &str) -> Result<Steps> {
        self.conn().execute_batch("SAVEPOINT moltres_hints")?;
        for columns in indexes {
            let Some(first) = columns.first() else { continue };
            let schema = if first.is_temporary { "temp" } else { "main" };
            let names: Vec<String> = columns.iter().map(|column| identifier(&column.name)).collect();
            let name = identifier(&trial_name(columns));
            // A column of a view or a virtual table cannot have one.
            let _ = self.conn().execute_batch(&format!("CREATE INDEX {schema}.{name} ON {} ({})", identifier(&first.table), names.join(", ")));
        }
        let steps = self.plan(sql);
        self.conn().execute_batch("ROLLBACK TO moltres_hints; RELEASE moltres_hints")?;
        steps
    }
}

fn trial_name(columns: &[&Column]) -> String {
    let names: Vec<String> = columns.iter().map(|column| format!("{}.{}", column.table, column.name)).collect();
    format!("{MARK}({})", names.join(","))
}

fn is_used(steps: &Steps, columns: &[&Column]) -> bool {
    let name = trial_name(columns);
    steps.steps.iter().any(|step| step.detail.contains(&name))
}

/// Every table and index of main and temp; what cannot be made again (a module or collation of its own) is left out.
fn copy_schema(db: &Database, scratch: &Connection) -> Result<()> {
    for (schema, temporary) in [("main", false), ("temp", true)] {
        let rows = db.quietly(
            &format!(
                "SELECT type, sql FROM {schema}.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                 ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'view' THEN 1 ELSE 2 END"
            ),
            &[],
        )?;
        for row in rows {
            let [Value::Text(kind), Value::Text(sql)] = row.as_slice() else { continue };
            let statement = match (kind.as_str(), temporary) {
                ("table" | "view", true) => match sql.split_at_checked("CREATE ".len()) {
                    Some((create, rest)) => format!("{create}TEMP {rest}"),
                    None => continue,
                },
                ("table" | "view" | "index", _) if !sql.starts_with("CREATE VIRTUAL") => sql.clone(),
                _ => continue,
            };
            let _ = scratch.execute_batch(&statement);
        }
        let has_statistics = db.quietly(&format!("SELECT 1 FROM {schema}.sqlite_schema WHERE name = 'sqlite_stat1'"), &[])?;
        if !has_statistics.is_empty() && scratch.execute_batch(&format!("ANALYZE {schema}")).is_ok() {
            for row in db.quietly(&format!("SELECT tbl, idx, stat FROM {schema}.sqlite_stat1"), &[])? {
                let _ = scratch.execute(&format!("INSERT INTO {schema}.sqlite_stat1 VALUES (?1, ?2, ?3)"), rusqlite::params_from_iter(row));
            }
            let _ = scratch.execute_batch(&format!("ANALYZE {schema}.sqlite_schema"));
        }
    }
    Ok(())
}

/// A line of a plan without the names of hidden tables.
fn shown(line: &str) -> String {
    let Some(at) = line.find(HIDDEN) else { return line.to_owned() };
    let (before, name) = line.split_at(at);
    let before = before.strip_suffix('_').unwrap_or(before);
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
    format!("{before}(rows of a frame){}", shown(name.get(end..).unwrap_or_default()))
}

fn hint(db: &Database, columns: &[&Column], before: &Steps, after: &Steps) -> Result<Json> {
    let table = columns.first().map_or("", |column| column.table.as_str());
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let taken = db.quietly("SELECT name FROM main.sqlite_schema UNION SELECT name FROM temp.sqlite_schema", &[])?;
    let is_taken = |name: &str| taken.iter().any(|row| matches!(row.first(), Some(Value::Text(t)) if t.eq_ignore_ascii_case(name)));
    let base = format!("{table}_{}_idx", names.join("_"));
    let name = std::iter::once(base.clone()).chain((2..1_000).map(|n| format!("{base}{n}"))).find(|name| !is_taken(name)).unwrap_or(base);
    let columns_sql: Vec<String> = names.iter().map(|name| identifier(name)).collect();
    let sql = format!("CREATE INDEX {} ON {} ({})", identifier(&name), identifier(table), columns_sql.join(", "));
    let mut effects = Vec::new();
    let mut effect = |n_before: usize, n_after: usize, one: &str, several: &str| match n_before.saturating_sub(n_after) {
        0 => {}
        1 => effects.push(one.to_owned()),
        n => effects.push(format!("{n} {several}")),
    };
    effect(before.n_scans(), after.n_scans(), "one scan of a whole table", "scans of whole tables");
    effect(before.n_automatic_indexes(), after.n_automatic_indexes(), "an index built anew for each run", "indexes built anew for each run");
    effect(before.n_sorts(), after.n_sorts(), "a sort", "sorts");
    let mark = trial_name(columns);
    let used: Vec<String> = after.steps.iter().filter(|s| s.detail.contains(&mark)).map(|s| shown(&s.text.replace(&mark, &name))).collect();
    Ok(json!({
        "kind": "index",
        "message": format!("an index of {table} on {} saves {}: SQLite then {}", names.join(" and "), effects.join(" and "), used.join("; ")),
        "sql": sql,
        "table": table,
        "columns": names,
        "before": before.steps.iter().map(|s| shown(&s.detail)).collect::<Vec<_>>(),
        "after": after.steps.iter().map(|s| shown(&s.detail.replace(&mark, &name))).collect::<Vec<_>>(),
    }))
}
