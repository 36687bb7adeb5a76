//! The names PySpark gives to expressions without an alias: `sum(x)`, `(a + b)`, `CAST(x AS INT)`.

use crate::expr::{BinaryOp, Expr, ExprRef, FrameBound, Literal, UnaryOp, WindowSpec, registry};
use crate::types::DataType;
use crate::value::Value;

use super::scope::Name;

pub fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::IntDiv => "div",
        BinaryOp::Mod => "%",
        BinaryOp::Eq => "=",
        BinaryOp::Ne => "<>",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::EqNullSafe => "<=>",
        BinaryOp::And => "AND",
        BinaryOp::Or => "OR",
        BinaryOp::BitAnd => "&",
        BinaryOp::BitOr => "|",
        BinaryOp::BitXor => "^",
    }
}

/// A column's own name: without alias and backticks.
fn column_name(name: &str) -> String {
    match Name::parse(name) {
        Ok(name) => name.parts.last().cloned().unwrap_or_default(),
        Err(_) => name.to_owned(),
    }
}

fn sql_type(t: &DataType) -> String {
    t.to_string().to_uppercase()
}

pub fn literal(literal: &Literal) -> String {
    match (&literal.value, &literal.data_type) {
        (Value::Null, _) => "NULL".into(),
        (Value::Integer(i), DataType::Boolean) => if *i == 0 { "false" } else { "true" }.into(),
        (Value::Integer(i), _) => i.to_string(),
        (Value::Real(r), _) => real(*r),
        (Value::Text(s), DataType::Date) => format!("DATE '{s}'"),
        (Value::Text(s), DataType::Timestamp) => format!("TIMESTAMP '{s}'"),
        (Value::Text(s), _) => s.clone(),
        (Value::Blob(b), _) => format!("X'{}'", b.iter().map(|b| format!("{b:02X}")).collect::<String>()),
    }
}

fn real(r: f64) -> String {
    if r.is_nan() {
        return "NaN".into();
    }
    if r.is_infinite() {
        return if r > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    if r != 0.0 && !(1e-3..1e7).contains(&r.abs()) {
        // As Java prints it: `1.0E10`.
        let text = format!("{r:E}");
        return match text.split_once('E') {
            Some((m, e)) if !m.contains('.') => format!("{m}.0E{e}"),
            _ => text,
        };
    }
    format!("{r:?}")
}

/// The name of a column that is this expression.
pub fn result_name(expr: &Expr) -> String {
    match expr {
        Expr::Alias { names, .. } => names.first().cloned().unwrap_or_default(),
        Expr::Column { name, .. } => column_name(name),
        // A cast column keeps its name.
        Expr::Cast { arg, .. } => match &**arg {
            Expr::Column { name, .. } => column_name(name),
            Expr::Alias { .. } | Expr::Cast { .. } => result_name(arg),
            _ => display(expr),
        },
        _ => display(expr),
    }
}

/// The expression as PySpark prints it.
pub fn display(expr: &Expr) -> String {
    let mut text = String::new();
    write(expr, &mut text);
    text
}

/// It recurses as deep as the expression is, so it holds no text of its own.
fn write(expr: &Expr, out: &mut String) {
    match expr {
        Expr::Column { .. } | Expr::Star { .. } | Expr::Literal(_) | Expr::Text { .. } | Expr::Exists { .. } | Expr::ScalarQuery { .. } => {
            out.push_str(&leaf(expr));
        }
        Expr::Unary { op, arg } => {
            let (before, after) = match op {
                UnaryOp::Not => ("(NOT ", ")"),
                UnaryOp::Neg => ("(- ", ")"),
                UnaryOp::Negative => ("negative(", ")"),
                UnaryOp::BitNot => ("~", ""),
                UnaryOp::IsNull => ("(", " IS NULL)"),
                UnaryOp::IsNotNull => ("(", " IS NOT NULL)"),
            };
            around(before, arg, after, out);
        }
        Expr::Binary { .. } => chain(expr, out),
        Expr::Call { name, args, distinct, filter } => {
            call(name, args, *distinct, out);
            if let Some(filter) = filter {
                around(" FILTER (WHERE ", filter, ")", out);
            }
        }
        Expr::Cast { arg, to } => {
            around("CAST(", arg, " AS ", out);
            out.push_str(&sql_type(to));
            out.push(')');
        }
        Expr::Case { branches, otherwise } => {
            out.push_str("CASE");
            for (c, v) in branches {
                around(" WHEN ", c, " THEN ", out);
                write(v, out);
            }
            if let Some(e) = otherwise {
                around(" ELSE ", e, "", out);
            }
            out.push_str(" END");
        }
        Expr::In { arg, list: items, negated } => {
            around(if *negated { "(NOT (" } else { "(" }, arg, " IN (", out);
            list(items, out);
            out.push_str(if *negated { ")))" } else { "))" });
        }
        Expr::InQuery { arg, negated: false, .. } => around("(", arg, " IN (listquery()))", out),
        Expr::InQuery { arg, negated: true, .. } => around("(NOT (", arg, " IN (listquery())))", out),
        Expr::Alias { arg, names } => {
            write(arg, out);
            if let [name] = names.as_slice() {
                out.push_str(" AS ");
                out.push_str(name);
            }
        }
        Expr::Sort { arg, descending, nulls_first } => {
            around("", arg, if *descending { " DESC NULLS " } else { " ASC NULLS " }, out);
            out.push_str(if nulls_first.unwrap_or(!descending) { "FIRST" } else { "LAST" });
        }
        Expr::Window { function, spec } => {
            windowed(function, out);
            out.push_str(" OVER (");
            window(function, spec, out);
            out.push(')');
        }
        Expr::Item { arg, key } => {
            write(arg, out);
            match &**key {
                Expr::Literal(Literal { value: Value::Text(field), .. }) => {
                    out.push('.');
                    out.push_str(field);
                }
                key => around("[", key, "]", out),
            }
        }
    }
}

fn around(before: &str, expr: &Expr, after: &str, out: &mut String) {
    out.push_str(before);
    write(expr, out);
    out.push_str(after);
}

fn list(items: &[ExprRef], out: &mut String) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(item, out);
    }
}

#[inline(never)]
fn leaf(expr: &Expr) -> String {
    match expr {
        Expr::Column { name, .. } => column_name(name),
        Expr::Star { relation: None } => "*".into(),
        Expr::Star { relation: Some(r) } => format!("{r}.*"),
        Expr::Literal(Literal { value: Value::Text(json), data_type: DataType::Array(_) }) => array(json),
        Expr::Literal(l) => literal(l),
        Expr::Exists { negated: false, .. } => "exists()".into(),
        Expr::Exists { negated: true, .. } => "(NOT exists())".into(),
        Expr::ScalarQuery { .. } => "scalarsubquery()".into(),
        Expr::Text { sql, .. } => sql.clone(),
        _ => String::new(),
    }
}

/// An array among the literals: `array(0.25, 0.5)`.
fn array(json: &str) -> String {
    let Ok(values) = serde_json::from_str::<Vec<serde_json::Value>>(json) else { return json.to_owned() };
    let shown: Vec<String> = values.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
    format!("array({})", shown.join(", "))
}

/// `((a + b) + c)`: a chain to the left is walked in a loop.
#[inline(never)]
fn chain(expr: &Expr, out: &mut String) {
    let mut links = vec![];
    let mut first = expr;
    while let Expr::Binary { op, left, right } = first {
        out.push_str(if *op == BinaryOp::Ne { "(NOT (" } else { "(" });
        links.push((*op, right));
        first = left;
    }
    write(first, out);
    for (op, right) in links.into_iter().rev() {
        out.push(' ');
        out.push_str(if op == BinaryOp::Ne { "=" } else { symbol(op) });
        out.push(' ');
        write(right, out);
        out.push_str(if op == BinaryOp::Ne { "))" } else { ")" });
    }
}

#[inline(never)]
fn call(name: &str, args: &[ExprRef], distinct: bool, out: &mut String) {
    let lower = name.to_lowercase();
    let function = registry::lookup(&lower);
    let sql_name = function.map_or(lower.as_str(), |f| f.sql_name);
    let (shown, distinct) = match (lower.as_str(), args) {
        ("countdistinct" | "count_distinct", _) => ("count", true),
        ("sumdistinct" | "sum_distinct", _) => ("sum", true),
        ("like", [text, pattern]) => {
            around("", text, " LIKE ", out);
            return write(pattern, out);
        }
        ("isnull", [arg, ..]) => return around("(", arg, " IS NULL)", out),
        ("isnotnull", [arg, ..]) => return around("(", arg, " IS NOT NULL)", out),
        ("trim" | "ltrim" | "rtrim", [text, characters]) => {
            let side = [("trim", "BOTH"), ("ltrim", "LEADING"), ("rtrim", "TRAILING")].iter().find(|(f, _)| *f == lower).map_or("", |s| s.1);
            around(&format!("TRIM({side} "), characters, " FROM ", out);
            return around("", text, ")", out);
        }
        ("bitwisenot" | "bitwise_not", [arg]) => return around("~", arg, "", out),
        ("positive", [arg]) => return around("(+ ", arg, ")", out),
        ("add_interval", [arg, amount, unit]) => {
            let (sign, amount) = moved_by(amount);
            around("", arg, sign, out);
            return interval(&amount, unit, out);
        }
        ("rlike", [_, _]) => ("RLIKE", distinct),
        ("log", [_, _]) => ("LOG", distinct),
        ("ceil" | "ceiling" | "floor", [_, _]) => (sql_name, distinct),
        _ if AS_CALLED.contains(&lower.as_str()) => (lower.as_str(), distinct),
        _ => (function.map_or(lower.as_str(), |f| f.display_name()), distinct && sql_name != "power"),
    };
    out.push_str(shown);
    out.push_str(if distinct { "(DISTINCT " } else { "(" });
    match (sql_name, args) {
        ("count", [only]) if matches!(&**only, Expr::Star { relation: None }) => out.push('1'),
        // What PySpark leaves out of the name.
        ("from_json" | "first" | "last" | "first_value" | "last_value" | "any_value", [first, _, ..]) => write(first, out),
        ("sequence", [start, stop, step]) => {
            around("", start, ", ", out);
            write(stop, out);
            out.push_str(", ");
            match &**step {
                // How the text of an expression tells an interval.
                Expr::Call { name, args, .. } if name == "concat_ws" && matches!(args.len(), 3) => {
                    let (_, amount) = moved_by(&args[1]);
                    interval(&amount, &args[2], out);
                }
                _ => write(step, out),
            }
        }
        _ => list(args, out),
    }
    out.push_str(default_arguments(sql_name, args.len()));
    out.push(')');
}

/// Other spellings of functions that PySpark keeps in names.
const AS_CALLED: [&str; 17] = [
    "any",
    "approx_percentile",
    "cardinality",
    "ceiling",
    "char_length",
    "character_length",
    "day",
    "every",
    "lcase",
    "now",
    "position",
    "printf",
    "random",
    "some",
    "std",
    "substr",
    "ucase",
];

/// `x + INTERVAL '1' DAY`: the sign, and the amount without it.
fn moved_by(amount: &Expr) -> (&'static str, String) {
    match amount {
        Expr::Unary { op: UnaryOp::Neg, arg } => (" - ", display(arg)),
        amount => {
            let text = display(amount);
            match text.strip_prefix('-') {
                Some(positive) => (" - ", positive.to_owned()),
                None => (" + ", text),
            }
        }
    }
}

fn interval(amount: &str, unit: &Expr, out: &mut String) {
    out.push_str(&format!("INTERVAL '{amount}' {}", display(unit).to_uppercase()));
}

/// A function of a window. PySpark has its own spelling of ranks, and says what `lag` and `lead` do without an offset or a default.
#[inline(never)]
fn windowed(function: &Expr, out: &mut String) {
    let Expr::Call { name, args, .. } = function else { return write(function, out) };
    match (registry::lookup(name).map_or("", |f| f.sql_name), args.as_slice()) {
        ("rank", []) => out.push_str("RANK()"),
        ("dense_rank", []) => out.push_str("DENSE_RANK()"),
        ("percent_rank", []) => out.push_str("PERCENT_RANK()"),
        (sql_name @ ("lag" | "lead"), [_] | [_, _]) => {
            out.push_str(sql_name);
            out.push('(');
            list(args, out);
            out.push_str(if args.len() == 1 { ", 1, NULL)" } else { ", NULL)" });
        }
        ("nth_value", [value, n, ignore]) if matches!(&**ignore, Expr::Literal(Literal { value: Value::Integer(1), .. })) => {
            around("nth_value(", value, ", ", out);
            around("", n, ") ignore nulls", out);
        }
        _ => write(function, out),
    }
}

/// The place that `lag` and `lead` look at, as an offset from the row: PySpark names it as a frame.
fn shift(sql_name: &str, args: &[ExprRef]) -> Option<String> {
    let offset = match args.get(1).map(|a| &**a) {
        None => 1,
        Some(Expr::Literal(Literal { value: Value::Integer(n), .. })) => *n,
        Some(_) => return None,
    };
    Some(match sql_name {
        "lag" => offset.checked_neg()?.to_string(),
        "lead" => offset.to_string(),
        _ => return None,
    })
}

/// What PySpark fills in for arguments that were not given; it shows in the name.
fn default_arguments(sql_name: &str, given: usize) -> &'static str {
    match (sql_name, given) {
        ("split", 2) | ("overlay", 3) => ", -1",
        ("locate", 2) | ("regexp_extract", 2) | ("regexp_extract_all", 2) | ("regexp_replace", 3) | ("percentile", 2) => ", 1",
        ("round" | "bround", 1) | ("regexp_instr", 2) => ", 0",
        ("replace", 2) => ", ",
        ("str_to_map", 1) => ", ,, :",
        ("str_to_map", 2) => ", :",
        ("lpad" | "rpad", 2) => ",  ",
        ("substring", 2) => ", 2147483647",
        ("months_between", 2) | ("sort_array", 1) => ", true",
        ("unix_timestamp", 0) => "current_timestamp(), yyyy-MM-dd HH:mm:ss",
        ("unix_timestamp" | "from_unixtime", 1) => ", yyyy-MM-dd HH:mm:ss",
        ("percentile_approx", 2) => ", 10000",
        ("listagg" | "string_agg", 1) => ", NULL",
        _ => "",
    }
}

#[inline(never)]
fn window(function: &Expr, spec: &WindowSpec, out: &mut String) {
    if !spec.partition_by.is_empty() {
        out.push_str("PARTITION BY ");
        list(&spec.partition_by, out);
        out.push(' ');
    }
    for (i, key) in spec.order_by.iter().enumerate() {
        out.push_str(if i == 0 { "ORDER BY " } else { ", " });
        let sorted = matches!(&**key, Expr::Sort { .. });
        around("", key, if sorted { "" } else { " ASC NULLS FIRST" }, out);
    }
    if !spec.order_by.is_empty() {
        out.push(' ');
    }
    let (sql_name, args): (&str, &[ExprRef]) = match function {
        Expr::Call { name, args, .. } => (registry::lookup(name).map_or("", |f| f.sql_name), args),
        _ => ("", &[]),
    };
    if let Some(offset) = shift(sql_name, args) {
        return out.push_str(&format!("ROWS BETWEEN {offset} FOLLOWING AND {offset} FOLLOWING"));
    }
    let ranking = matches!(sql_name, "row_number" | "rank" | "dense_rank" | "percent_rank" | "ntile");
    match &spec.frame {
        Some(frame) => {
            let unit = if frame.rows { "ROWS" } else { "RANGE" };
            out.push_str(&format!("{unit} BETWEEN {} AND {}", bound(frame.start), bound(frame.end)));
        }
        None if spec.order_by.is_empty() => out.push_str("ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"),
        None if ranking => out.push_str("ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"),
        None => out.push_str("RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"),
    }
}

fn bound(bound: FrameBound) -> String {
    match bound {
        FrameBound::UnboundedPreceding => "UNBOUNDED PRECEDING".into(),
        FrameBound::UnboundedFollowing => "UNBOUNDED FOLLOWING".into(),
        FrameBound::CurrentRow => "CURRENT ROW".into(),
        FrameBound::Offset(n) if n < 0.0 => format!("{} PRECEDING", -n),
        FrameBound::Offset(n) => format!("{n} FOLLOWING"),
    }
}
