//! `INTERVAL '1' DAY`, `INTERVAL 2 MONTHS 3 DAYS`, `INTERVAL '1 day 2 hours'`: only as something added to or taken from a date or timestamp.

use sqlparser::ast::{Expr as Sql, Ident, Value};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

use super::dialect::{call, value};
use crate::expr::{Expr, ExprRef};
use crate::types::DataType;

/// The name under which a parsed interval travels: arguments are amount, unit, amount, unit, ….
pub(super) const MARK: &str = "\0interval";

/// Does an interval begin here, after the word INTERVAL, or is that word a column?
pub(super) fn begins(next: &Token, second: &Token) -> bool {
    let is_unit = |token: &Token| matches!(token, Token::Word(w) if unit(&w.value).is_some());
    match next {
        Token::SingleQuotedString(_) => true,
        Token::Number(..) | Token::Word(_) | Token::Placeholder(_) => is_unit(second),
        Token::Minus => matches!(second, Token::Number(..)),
        Token::LParen => true,
        _ => false,
    }
}

/// After the word INTERVAL.
pub(super) fn parse(parser: &mut Parser, ident: Ident) -> Result<Sql, ParserError> {
    let mut parts = vec![];
    loop {
        let first = parser.peek_token();
        if let Token::SingleQuotedString(text) = &first.token {
            parser.advance_token();
            if let Some(unit) = take_unit(parser) {
                let amount = text.trim();
                if amount.is_empty() || amount.parse::<f64>().is_err() {
                    return parser.expected("a number in the interval", first);
                }
                parts.push(value(Value::Number(amount.to_owned(), false), first.span));
                parts.push(value(Value::SingleQuotedString(unit.to_owned()), first.span));
            } else {
                let mut words = text.split_whitespace().peekable();
                if words.peek().is_some_and(|w| w.eq_ignore_ascii_case("interval")) {
                    words.next();
                }
                while let Some(amount) = words.next() {
                    match (amount.parse::<f64>(), words.next().and_then(unit)) {
                        (Ok(n), Some(unit)) if n.is_finite() => {
                            parts.push(value(Value::Number(amount.to_owned(), false), first.span));
                            parts.push(value(Value::SingleQuotedString(unit.to_owned()), first.span));
                        }
                        _ => return parser.expected("numbers and units in the interval, such as '1 day 2 hours'", first),
                    }
                }
            }
        } else {
            let amount = parser.parse_prefix()?;
            let Some(unit) = take_unit(parser) else {
                return parser.expected("a unit (YEAR, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND) after the interval's number", parser.peek_token());
            };
            parts.push(amount);
            parts.push(value(Value::SingleQuotedString(unit.to_owned()), first.span));
        }
        if !(matches!(parser.peek_token_ref().token, Token::Number(..) | Token::SingleQuotedString(_))) {
            break;
        }
    }
    if parts.is_empty() {
        return parser.expected("an amount and a unit in the interval", parser.peek_token());
    }
    Ok(call(MARK, ident, parts))
}

fn take_unit(parser: &mut Parser) -> Option<&'static str> {
    match &parser.peek_token_ref().token {
        Token::Word(word) if word.quote_style.is_none() => {
            let found = unit(&word.value)?;
            parser.advance_token();
            Some(found)
        }
        _ => None,
    }
}

fn unit(word: &str) -> Option<&'static str> {
    const UNITS: [&str; 9] = ["year", "quarter", "month", "week", "day", "hour", "minute", "second", "microsecond"];
    let lower = word.to_ascii_lowercase();
    UNITS.into_iter().find(|unit| lower == *unit || lower.strip_suffix('s') == Some(unit)).or(match lower.as_str() {
        "millisecond" | "milliseconds" => Some("millisecond"),
        _ => None,
    })
}

/// `arg` moved by the interval: one call of `add_interval(arg, amount, unit)` per unit.
pub(super) fn shift(arg: ExprRef, parts: Vec<ExprRef>, negative: bool) -> ExprRef {
    let mut moved = arg;
    let mut parts = parts.into_iter();
    while let (Some(amount), Some(unit)) = (parts.next(), parts.next()) {
        let amount = if negative { super::convert::negate(&amount) } else { amount };
        moved = Expr::call("add_interval", vec![moved, amount, unit]);
    }
    moved
}

/// The unit as a literal.
pub(super) fn unit_literal(unit: &str) -> ExprRef {
    Expr::literal(unit, DataType::String)
}
