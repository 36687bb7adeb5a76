//! What the texts of expressions look like: Spark's operators and spellings with standard SQL's strings and identifiers.
//!
//! Words are read here and not by the parser's own rules, which try every word as a type first and keep many of them from being column names.

use sqlparser::ast::{
    CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, ObjectName, TimezoneInfo,
    TypedString, UnaryOperator, Value, ValueWithSpan,
};
use sqlparser::dialect::{Dialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Span, Token, Word};

use super::interval;

#[derive(Debug)]
pub(super) struct TextDialect;

type Parsed = Result<Expr, ParserError>;

/// Words that end or join an operand: alone they are never a column. Quoted they are.
const RESERVED: [Keyword; 14] = [
    Keyword::AND,
    Keyword::OR,
    Keyword::IN,
    Keyword::IS,
    Keyword::BETWEEN,
    Keyword::LIKE,
    Keyword::ILIKE,
    Keyword::RLIKE,
    Keyword::WHEN,
    Keyword::THEN,
    Keyword::ELSE,
    Keyword::END,
    Keyword::AS,
    Keyword::ESCAPE,
];

impl Dialect for TextDialect {
    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"' || ch == '`'
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_' || (!ch.is_ascii() && !ch.is_whitespace() && !ch.is_control())
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        self.is_identifier_start(ch) || ch.is_ascii_digit()
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_bang_not_operator(&self) -> bool {
        true
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        true
    }

    fn supports_in_empty_list(&self) -> bool {
        true
    }

    /// `||` binds like `+`, as in Spark; the parser's own rule is that of `*`.
    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        match parser.peek_token_ref().token {
            Token::StringConcat => Some(Ok(self.prec_value(Precedence::PlusMinus))),
            // Shifts bind more tightly than the other bit operators.
            Token::ShiftLeft | Token::ShiftRight => Some(Ok(25)),
            // `tokens` writes DIV so.
            Token::CustomBinaryOperator(_) => Some(Ok(self.prec_value(Precedence::MulDivModOp))),
            // Not operators here: they would be read as JSON access.
            Token::Colon => Some(Ok(0)),
            _ => None,
        }
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Parsed> {
        let next = parser.peek_token();
        match next.token {
            Token::Word(word) => {
                parser.advance_token();
                Some(parse_word(parser, word, next.span))
            }
            Token::Colon | Token::AtSign => Some(parser.expected("an expression (placeholders are ?)", next)),
            Token::LBrace => Some(parser.expected("an expression", next)),
            _ => None,
        }
    }
}

fn parse_word(parser: &mut Parser, word: Word, span: Span) -> Parsed {
    let ident = Ident { value: word.value.clone(), quote_style: word.quote_style, span };
    let next = parser.peek_token();
    let called = next.token == Token::LParen;
    if word.quote_style.is_some() {
        return if called { parser.parse_function(ObjectName::from(vec![ident])) } else { Ok(Expr::Identifier(ident)) };
    }
    if called {
        return match word.keyword {
            Keyword::NOT => parse_not(parser),
            Keyword::CASE => parser.parse_case_expr(),
            Keyword::CAST => parse_cast(parser, CastKind::Cast),
            Keyword::TRY_CAST => parse_cast(parser, CastKind::TryCast),
            Keyword::EXTRACT => parse_extract(parser, span),
            Keyword::POSITION => parse_position(parser, ident),
            Keyword::SUBSTRING | Keyword::SUBSTR => parse_separated(parser, ident, &[Keyword::FROM, Keyword::FOR]),
            Keyword::OVERLAY => parse_separated(parser, ident, &[Keyword::PLACING, Keyword::FROM, Keyword::FOR]),
            Keyword::TRIM => parse_trim(parser, ident),
            Keyword::STRUCT => parse_struct(parser, ident),
            Keyword::EXISTS if matches!(parser.peek_nth_token(1).token, Token::Word(w) if matches!(w.keyword, Keyword::SELECT | Keyword::WITH)) => {
                parser.expected("an expression (F.exists(df) takes the place of EXISTS)", parser.peek_nth_token(1))
            }
            Keyword::AND | Keyword::OR | Keyword::IN | Keyword::WHEN | Keyword::THEN | Keyword::ELSE | Keyword::AS | Keyword::BETWEEN => {
                parser.prev_token();
                parser.expected("an expression", parser.peek_token())
            }
            _ => parser.parse_function(ObjectName::from(vec![ident])),
        };
    }
    let qualified = next.token == Token::Period;
    match word.keyword {
        _ if qualified => Ok(Expr::Identifier(ident)),
        Keyword::NULL => Ok(value(Value::Null, span)),
        Keyword::TRUE => Ok(value(Value::Boolean(true), span)),
        Keyword::FALSE => Ok(value(Value::Boolean(false), span)),
        Keyword::NOT => parse_not(parser),
        Keyword::CASE => parser.parse_case_expr(),
        Keyword::CURRENT_DATE | Keyword::CURRENT_TIMESTAMP | Keyword::LOCALTIMESTAMP => Ok(call("current", ident, vec![])),
        Keyword::DATE | Keyword::TIMESTAMP | Keyword::TIMESTAMP_NTZ if matches!(next.token, Token::SingleQuotedString(_)) => {
            let data_type = if word.keyword == Keyword::DATE { DataType::Date } else { DataType::Timestamp(None, TimezoneInfo::None) };
            Ok(Expr::TypedString(TypedString { data_type, value: parser.parse_value()?, uses_odbc_syntax: false }))
        }
        Keyword::INTERVAL if interval::begins(&next.token, &parser.peek_nth_token(1).token) => interval::parse(parser, ident),
        Keyword::ARRAY if next.token == Token::LBracket => {
            parser.advance_token();
            let list = if parser.peek_token_ref().token == Token::RBracket { vec![] } else { parser.parse_comma_separated(Parser::parse_expr)? };
            parser.expect_token(&Token::RBracket)?;
            Ok(call("array", ident, list))
        }
        keyword if RESERVED.contains(&keyword) => {
            parser.prev_token();
            parser.expected("an expression", parser.peek_token())
        }
        _ => Ok(Expr::Identifier(ident)),
    }
}

fn parse_not(parser: &mut Parser) -> Parsed {
    let precedence = TextDialect.prec_value(Precedence::UnaryNot);
    Ok(Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(parser.parse_subexpr(precedence)?) })
}

pub(super) fn value(value: Value, span: Span) -> Expr {
    Expr::Value(ValueWithSpan { value, span })
}

fn cast(kind: CastKind, expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast { kind, expr: Box::new(expr), data_type, format: None }
}

/// A call of `name`, or of `written` where the word itself names the function.
pub(super) fn call(name: &str, written: Ident, args: Vec<Expr>) -> Expr {
    let ident = if name == "current" { written } else { Ident { value: name.to_owned(), ..written } };
    Expr::Function(Function {
        name: ObjectName::from(vec![ident]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))).collect(),
            clauses: vec![],
        }),
        within_group: vec![],
        filter: None,
        null_treatment: None,
        over: None,
    })
}

/// `(expr AS type)`; `tokens` made one word of the type.
fn parse_cast(parser: &mut Parser, kind: CastKind) -> Parsed {
    parser.expect_token(&Token::LParen)?;
    let expr = parser.parse_expr()?;
    if !parser.parse_keyword(Keyword::AS) {
        return parser.expected("AS", parser.peek_token());
    }
    let data_type = parser.parse_data_type()?;
    parser.expect_token(&Token::RParen)?;
    Ok(cast(kind, expr, data_type))
}

/// `(field FROM expr)`, as a call of `date_part`.
fn parse_extract(parser: &mut Parser, span: Span) -> Parsed {
    parser.expect_token(&Token::LParen)?;
    let field = parser.parse_identifier()?;
    if !parser.parse_keyword(Keyword::FROM) {
        parser.expect_token(&Token::Comma)?;
    }
    let arg = parser.parse_expr()?;
    parser.expect_token(&Token::RParen)?;
    let field_value = value(Value::SingleQuotedString(field.value.clone()), field.span);
    Ok(call("date_part", Ident { value: String::new(), quote_style: None, span }, vec![field_value, arg]))
}

/// `(a IN b)` or `(a, b)`, as a call of `locate`.
fn parse_position(parser: &mut Parser, ident: Ident) -> Parsed {
    parser.expect_token(&Token::LParen)?;
    let mut args = vec![parser.parse_subexpr(TextDialect.prec_value(Precedence::Between))?];
    if !parser.parse_keyword(Keyword::IN) {
        parser.expect_token(&Token::Comma)?;
    }
    args.push(parser.parse_expr()?);
    if parser.consume_token(&Token::Comma) {
        args.push(parser.parse_expr()?);
    }
    parser.expect_token(&Token::RParen)?;
    Ok(call("locate", ident, args))
}

/// `(a FROM b FOR c)` or `(a, b, c)`.
fn parse_separated(parser: &mut Parser, ident: Ident, words: &[Keyword]) -> Parsed {
    parser.expect_token(&Token::LParen)?;
    let mut args = vec![];
    if parser.peek_token_ref().token != Token::RParen {
        args.push(parser.parse_expr()?);
        while parser.consume_token(&Token::Comma) || parser.parse_one_of_keywords(words).is_some() {
            args.push(parser.parse_expr()?);
        }
    }
    parser.expect_token(&Token::RParen)?;
    Ok(call("current", ident, args))
}

/// `(a, b AS name)`: the fields may be named.
fn parse_struct(parser: &mut Parser, ident: Ident) -> Parsed {
    parser.expect_token(&Token::LParen)?;
    let mut args = vec![];
    if parser.peek_token_ref().token != Token::RParen {
        args = parser.parse_comma_separated(|parser| {
            let expr = Box::new(parser.parse_expr()?);
            if !parser.parse_keyword(Keyword::AS) {
                return Ok(*expr);
            }
            Ok(Expr::Named { expr, name: parser.parse_identifier()? })
        })?;
    }
    parser.expect_token(&Token::RParen)?;
    Ok(call("current", ident, args))
}

/// `([BOTH | LEADING | TRAILING] [what] FROM text)` or `(text[, what])`.
fn parse_trim(parser: &mut Parser, ident: Ident) -> Parsed {
    parser.expect_token(&Token::LParen)?;
    let name = match parser.parse_one_of_keywords(&[Keyword::BOTH, Keyword::LEADING, Keyword::TRAILING]) {
        Some(Keyword::LEADING) => "ltrim",
        Some(Keyword::TRAILING) => "rtrim",
        _ => "trim",
    };
    let mut args = vec![];
    if parser.parse_keyword(Keyword::FROM) {
        args.push(parser.parse_expr()?);
    } else if parser.peek_token_ref().token != Token::RParen {
        args = parser.parse_comma_separated(Parser::parse_expr)?;
        if parser.parse_keyword(Keyword::FROM) {
            args.insert(0, parser.parse_expr()?);
        }
    }
    parser.expect_token(&Token::RParen)?;
    Ok(call(name, ident, args))
}
