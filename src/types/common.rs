//! The types that two types meet in, as PySpark finds them with ANSI mode off.

use DataType as T;

use super::DataType;

impl DataType {
    /// The order in which numbers widen.
    pub fn rank(&self) -> u8 {
        match self {
            T::Byte => 1,
            T::Short => 2,
            T::Int => 3,
            T::Long => 4,
            T::Float => 6,
            T::Double => 7,
            _ => 5,
        }
    }

    /// Digits in all, and after the point, of the decimal that holds a number of this type.
    pub fn decimal_digits(&self) -> (i32, i32) {
        match self {
            T::Byte => (3, 0),
            T::Short => (5, 0),
            T::Int => (10, 0),
            T::Long => (20, 0),
            T::Decimal(p, s) => (i32::from(*p), i32::from(*s)),
            _ => (38, 18),
        }
    }

    /// The decimal of so many digits in all, and after the point.
    pub fn decimal(p: i32, s: i32) -> DataType {
        if p <= 38 {
            return T::Decimal(p.clamp(1, 38) as u8, s.clamp(0, 38) as u8);
        }
        // Too wide: the integer digits are kept, the fraction gives way down to six digits.
        let integer = p - s;
        T::Decimal(38, (38 - integer).max(s.min(6)).clamp(0, 38) as u8)
    }

    /// The wider of two numeric types.
    pub fn wider_number(&self, other: &DataType) -> DataType {
        match (self, other) {
            (T::Decimal(..), o) | (o, T::Decimal(..)) if !matches!(o, T::Float | T::Double) => {
                let ((p1, s1), (p2, s2)) = (self.decimal_digits(), other.decimal_digits());
                let s = s1.max(s2);
                DataType::decimal((p1 - s1).max(p2 - s2) + s, s)
            }
            (T::Decimal(..), _) | (_, T::Decimal(..)) => T::Double,
            _ if self.rank() >= other.rank() => self.clone(),
            _ => other.clone(),
        }
    }

    /// The type in which values of both may stand in one column: branches of CASE, arguments of coalesce, sides of a union, elements of an array.
    pub fn common(&self, other: &DataType) -> Option<DataType> {
        Some(match (self, other) {
            (a, b) if a == b => a.clone(),
            (T::Void, t) | (t, T::Void) => t.clone(),
            (T::Any, _) | (_, T::Any) => T::Any,
            (a, b) if a.is_numeric() && b.is_numeric() => a.wider_number(b),
            (T::Date, T::Timestamp) | (T::Timestamp, T::Date) => T::Timestamp,
            (T::Json, t) | (t, T::Json) if t.is_nested() || *t == T::String => T::Json,
            // Numbers and dates become texts; truth values and bytes do not.
            (T::String, t) | (t, T::String) if t.is_numeric() || t.is_temporal() => T::String,
            (T::Array(x), T::Array(y)) => T::Array(Box::new(x.common(y)?)),
            (T::Map(k, v), T::Map(l, w)) => T::Map(Box::new(k.common(l)?), Box::new(v.common(w)?)),
            (T::Struct(x), T::Struct(y)) if x.len() == y.len() => {
                T::Struct(x.iter().zip(y).map(|((n, t), (_, u))| Some((n.clone(), t.common(u)?))).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn types_meet_as_in_pyspark() {
        for (a, b, expected) in [
            ("int", "bigint", Some("bigint")),
            ("bigint", "double", Some("double")),
            ("decimal(10,2)", "bigint", Some("decimal(22,2)")),
            ("decimal(38,38)", "bigint", Some("decimal(38,18)")),
            ("decimal(38,38)", "int", Some("decimal(38,28)")),
            ("decimal(38,38)", "decimal(10,2)", Some("decimal(38,30)")),
            ("decimal(38,10)", "double", Some("double")),
            ("date", "string", Some("string")),
            ("date", "timestamp", Some("timestamp")),
            ("array<int>", "array<string>", Some("array<string>")),
            ("boolean", "bigint", None),
            ("boolean", "string", None),
            ("binary", "string", None),
            ("date", "int", None),
            ("array<int>", "string", None),
        ] {
            let (a, b) = (DataType::parse(a).unwrap(), DataType::parse(b).unwrap());
            for (a, b) in [(&a, &b), (&b, &a)] {
                assert_eq!(a.common(b).map(|t| t.to_string()).as_deref(), expected, "{a} and {b}");
            }
        }
    }
}
