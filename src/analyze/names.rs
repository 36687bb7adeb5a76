//! The names PySpark gives to expressions without an alias: `sum(x)`, `(a + b)`, `CAST(x AS INT)`.

use crate::expr::{BinaryOp, Expr, FrameBound, Literal, UnaryOp, WindowSpec, registry};
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
    let text = format!("{r:?}");
    match text.split_once('e') {
        Some((m, e)) => format!("{}E{e}", if m.contains('.') { m.to_owned() } else { format!("{m}.0") }),
        None => text,
    }
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
    let list = |items: &[crate::expr::ExprRef]| items.iter().map(|e| display(e)).collect::<Vec<_>>().join(", ");
    match expr {
        Expr::Column { name, .. } => column_name(name),
        Expr::Star { relation: None } => "*".into(),
        Expr::Star { relation: Some(r) } => format!("{r}.*"),
        Expr::Literal(l) => literal(l),
        Expr::Unary { op, arg } => {
            let arg = display(arg);
            match op {
                UnaryOp::Not => format!("(NOT {arg})"),
                UnaryOp::Neg => format!("(- {arg})"),
                UnaryOp::BitNot => format!("~{arg}"),
                UnaryOp::IsNull => format!("({arg} IS NULL)"),
                UnaryOp::IsNotNull => format!("({arg} IS NOT NULL)"),
            }
        }
        Expr::Binary { op: BinaryOp::Ne, left, right } => format!("(NOT ({} = {}))", display(left), display(right)),
        Expr::Binary { op, left, right } => format!("({} {} {})", display(left), symbol(*op), display(right)),
        Expr::Call { name, args, distinct, filter } => {
            let text = call(name, args, *distinct);
            match filter {
                Some(filter) => format!("{text} FILTER (WHERE {})", display(filter)),
                None => text,
            }
        }
        Expr::Cast { arg, to } => format!("CAST({} AS {})", display(arg), sql_type(to)),
        Expr::Case { branches, otherwise } => {
            let mut text = String::from("CASE");
            for (c, v) in branches {
                text += &format!(" WHEN {} THEN {}", display(c), display(v));
            }
            if let Some(e) = otherwise {
                text += &format!(" ELSE {}", display(e));
            }
            text + " END"
        }
        Expr::In { arg, list: items, negated: false } => format!("({} IN ({}))", display(arg), list(items)),
        Expr::In { arg, list: items, negated: true } => format!("(NOT ({} IN ({})))", display(arg), list(items)),
        Expr::InQuery { arg, negated: false, .. } => format!("({} IN (listquery()))", display(arg)),
        Expr::InQuery { arg, negated: true, .. } => format!("(NOT ({} IN (listquery())))", display(arg)),
        Expr::Exists { negated: false, .. } => "exists()".into(),
        Expr::Exists { negated: true, .. } => "(NOT exists())".into(),
        Expr::ScalarQuery { .. } => "scalarsubquery()".into(),
        Expr::Alias { arg, names } => match names.as_slice() {
            [name] => format!("{} AS {name}", display(arg)),
            _ => display(arg),
        },
        Expr::Sort { arg, descending, nulls_first } => {
            let first = nulls_first.unwrap_or(!descending);
            format!("{} {} NULLS {}", display(arg), if *descending { "DESC" } else { "ASC" }, if first { "FIRST" } else { "LAST" })
        }
        Expr::Window { function, spec } => format!("{} OVER ({})", display(function), window(function, spec)),
        Expr::Item { arg, key } => match &**key {
            Expr::Literal(Literal { value: Value::Text(field), .. }) => format!("{}.{field}", display(arg)),
            key => format!("{}[{}]", display(arg), display(key)),
        },
        Expr::Text { sql, .. } => sql.clone(),
    }
}

fn call(name: &str, args: &[crate::expr::ExprRef], distinct: bool) -> String {
    let mut shown: Vec<String> = args.iter().map(|e| display(e)).collect();
    let lower = name.to_lowercase();
    let (name, distinct) = match lower.as_str() {
        "countdistinct" | "count_distinct" => ("count", true),
        "sumdistinct" | "sum_distinct" => ("sum", true),
        "like" | "ilike" if shown.len() == 2 => return format!("{} {} {}", shown[0], lower.to_uppercase(), shown[1]),
        "rlike" | "regexp_like" | "regexplike" if shown.len() == 2 => return format!("RLIKE({}, {})", shown[0], shown[1]),
        "isnull" => return format!("({} IS NULL)", shown.first().map_or("", String::as_str)),
        "isnotnull" => return format!("({} IS NOT NULL)", shown.first().map_or("", String::as_str)),
        "mean" => ("avg", distinct),
        other => (registry::lookup(other).map_or(other, |f| f.sql_name), distinct),
    };
    if name == "count" && shown.len() == 1 && shown[0] == "*" {
        shown[0] = "1".into();
    }
    if name == "pow" || name == "power" {
        return format!("POWER({})", shown.join(", "));
    }
    format!("{name}({}{})", if distinct { "DISTINCT " } else { "" }, shown.join(", "))
}

fn window(function: &Expr, spec: &WindowSpec) -> String {
    let mut parts = vec![];
    let list = |items: &[crate::expr::ExprRef], sorted: bool| {
        items
            .iter()
            .map(|e| match (&**e, sorted) {
                (Expr::Sort { .. }, _) | (_, false) => display(e),
                _ => format!("{} ASC NULLS FIRST", display(e)),
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !spec.partition_by.is_empty() {
        parts.push(format!("PARTITION BY {}", list(&spec.partition_by, false)));
    }
    if !spec.order_by.is_empty() {
        parts.push(format!("ORDER BY {}", list(&spec.order_by, true)));
    }
    let ranking = matches!(function, Expr::Call { name, .. } if registry::lookup(name).is_some_and(|f| f.kind == registry::FunctionKind::Window));
    parts.push(match &spec.frame {
        Some(frame) => {
            format!("{} BETWEEN {} AND {}", if frame.rows { "ROWS" } else { "RANGE" }, bound(frame.start), bound(frame.end))
        }
        None if spec.order_by.is_empty() => "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING".into(),
        None if ranking => "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW".into(),
        None => "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW".into(),
    });
    parts.join(" ")
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
