//! Windows: their keys, their frames, and what may not stand inside.

use super::calls::is_average;
use super::operators::to_scale;
use super::resolved::{Kind, RelId, SortKey, Typed, Window};
use super::{Analyzer, names};
use crate::error::{Code, Error, Result};
use crate::expr::{Expr, FrameBound, WindowFrame, WindowSpec};
use crate::types::DataType;

impl Analyzer<'_> {
    pub(super) fn sort_key(&mut self, expr: &Expr, inputs: &[RelId]) -> Result<SortKey> {
        let parsed;
        let expr = match expr {
            Expr::Text { sql, params } => {
                parsed = (self.parse_text)(sql, params)?;
                &*parsed
            }
            other => other,
        };
        let (arg, descending, nulls_first) = match expr {
            Expr::Sort { arg, descending, nulls_first } => (&**arg, *descending, *nulls_first),
            other => (other, false, None),
        };
        let expr = self.expr(arg, inputs)?;
        Ok(SortKey { expr, descending, nulls_first: nulls_first.unwrap_or(!descending) })
    }

    #[inline(never)]
    pub(super) fn window(&mut self, function: &Expr, spec: &WindowSpec, inputs: &[RelId]) -> Result<Typed> {
        let parsed;
        let function = match function {
            Expr::Text { sql, params } => {
                parsed = (self.parse_text)(sql, params)?;
                &*parsed
            }
            Expr::Alias { arg, .. } => &**arg,
            other => other,
        };
        let Expr::Call { name, args, distinct, filter } = function else {
            return Err(Error::new(
                Code::MisplacedWindow,
                format!("over() follows a window or aggregate function, not {}", names::display(function)),
            ));
        };
        if *distinct || matches!(name.to_lowercase().as_str(), "countdistinct" | "count_distinct" | "sumdistinct" | "sum_distinct") {
            return Err(Error::unsupported(format!("{} cannot be used over a window", names::display(function)))
                .hint("size(collect_set(…).over(window)) counts distinct values"));
        }
        let (function, needs_order) = self.window_function(name, args, filter.as_ref(), inputs)?;
        let partition_by = spec.partition_by.iter().map(|e| self.expr(e, inputs)).collect::<Result<Vec<_>>>()?;
        let order_by = spec.order_by.iter().map(|e| self.sort_key(e, inputs)).collect::<Result<Vec<_>>>()?;
        for e in partition_by.iter().chain(order_by.iter().map(|k| &k.expr)).chain(function.children()) {
            if e.has_window() {
                return Err(Error::new(Code::MisplacedWindow, "a window function cannot stand inside another")
                    .hint("compute the inner one with withColumn() first"));
            }
        }
        if needs_order && order_by.is_empty() {
            return Err(Error::new(Code::MisplacedWindow, format!("{name}() needs a window with orderBy()")).hint("Window.partitionBy(…).orderBy(…)"));
        }
        let mut order_by = order_by;
        if let Some(frame) = &spec.frame {
            check_frame(frame, &mut order_by)?;
            if needs_order && !is_up_to_row(frame) {
                return Err(Error::new(Code::MisplacedWindow, format!("{name}() takes no frame: it sees the whole partition in its order"))
                    .hint("leave rowsBetween() and rangeBetween() out of its window"));
            }
        }
        let (data_type, nullable) = (function.data_type.clone(), function.nullable || shrinks(spec.frame.as_ref()) && !is_count(&function));
        let frame = spec.frame;
        let average = is_average(&function);
        let typed = Typed::new(Kind::Window(Box::new(Window { function, partition_by, order_by, frame })), data_type, nullable);
        Ok(if average { to_scale(typed) } else { typed })
    }
}

/// The frame that PySpark shows for ranking functions; giving it changes nothing.
fn is_up_to_row(frame: &WindowFrame) -> bool {
    frame.start == FrameBound::UnboundedPreceding && (frame.end == FrameBound::CurrentRow || frame.end == FrameBound::Offset(0.0))
}

fn is_count(function: &Typed) -> bool {
    matches!(&function.kind, Kind::Call(c) if &*c.sql_name == "count")
}

/// Can the frame of a row be empty?
fn shrinks(frame: Option<&WindowFrame>) -> bool {
    frame.is_some_and(|f| matches!(f.end, FrameBound::Offset(n) if n < 0.0) || matches!(f.start, FrameBound::Offset(n) if n > 0.0))
}

fn check_frame(frame: &WindowFrame, order_by: &mut [SortKey]) -> Result<()> {
    let position = |b: FrameBound| match b {
        FrameBound::UnboundedPreceding => f64::NEG_INFINITY,
        FrameBound::Offset(n) => n,
        FrameBound::CurrentRow => 0.0,
        FrameBound::UnboundedFollowing => f64::INFINITY,
    };
    let bad_end = |b: FrameBound| matches!(b, FrameBound::Offset(n) if n.is_nan());
    if position(frame.start) > position(frame.end)
        || frame.start == FrameBound::UnboundedFollowing
        || frame.end == FrameBound::UnboundedPreceding
        || bad_end(frame.start)
        || bad_end(frame.end)
    {
        return Err(Error::invalid("a window frame must begin before it ends"));
    }
    let offsets = [frame.start, frame.end].iter().any(|b| matches!(b, FrameBound::Offset(n) if *n != 0.0));
    if frame.rows {
        if [frame.start, frame.end].iter().any(|b| matches!(b, FrameBound::Offset(n) if n.fract() != 0.0)) {
            return Err(Error::invalid("rowsBetween() counts whole rows"));
        }
        return Ok(());
    }
    if offsets {
        let [key] = order_by else {
            return Err(Error::invalid("rangeBetween() with offsets needs exactly one orderBy() key").hint("use rowsBetween()"));
        };
        match &key.expr.data_type {
            t if t.is_numeric() || *t == DataType::Any => {}
            DataType::Date => {
                let arg = std::mem::replace(&mut key.expr, Typed::null(DataType::Void));
                let nullable = arg.nullable;
                key.expr = Typed::call("julianday", vec![arg], DataType::Double, nullable);
            }
            t => {
                return Err(Error::new(Code::TypeMismatch, format!("rangeBetween() with offsets needs a number to order by, not {t}"))
                    .hint("use rowsBetween(), or order by a number such as datediff()"));
            }
        }
    } else if order_by.is_empty() && (frame.start == FrameBound::CurrentRow || frame.end == FrameBound::CurrentRow) {
        return Err(Error::new(Code::MisplacedWindow, "a range up to the current row needs orderBy()"));
    }
    Ok(())
}
