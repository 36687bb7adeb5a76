//! Numbers.

use super::Wants::{Any, Integer, Number, Text};
use super::{Function, FunctionKind, Param, Returns, returns};

const fn f(name: &'static str, sql_name: &'static str, params: &'static [Param], returns: Returns, doc: &'static str) -> Function {
    Function::new("math", FunctionKind::Scalar, (name, sql_name), params, returns, doc).total()
}

const fn real(name: &'static str, sql_name: &'static str, label: &'static str, doc: &'static str) -> Function {
    f(name, sql_name, X, returns::double_of_numbers, doc).label(label)
}

const X: &[Param] = &[Param::column("col", Number)];
const TWO: &[Param] = &[Param::column("col1", Number), Param::column("col2", Number)];
const SCALED: &[Param] = &[Param::column("col", Number), Param::column("scale", Integer).optional()];
const SHIFT: &[Param] = &[Param::column("col", Integer), Param::literal("numBits", Integer)];
const SEED: &[Param] = &[Param::literal("seed", Integer).optional()];
const SEVERAL: &[Param] = &[Param::column("col1", Any), Param::column("cols", Any).variadic()];

pub static FUNCTIONS: &[Function] = &[
    f("abs", "abs", X, returns::numeric, "Absolute value"),
    f("negative", "negative", X, returns::numeric, "Negated"),
    f("bitwiseNot", "bitwise_not", &[Param::column("col", Integer)], returns::numeric, "All bits turned").rule(),
    f("positive", "positive", X, returns::numeric, "Unchanged"),
    f("ceil", "ceil", SCALED, returns::whole, "Least integer not below, or number with that many decimals").aliases(&["ceiling"]).label("CEIL"),
    f("floor", "floor", SCALED, returns::whole, "Greatest integer not above, or number with that many decimals").label("FLOOR"),
    f("round", "round", SCALED, returns::rounded, "Rounded half away from zero, to a number of decimals (negative: before the point)"),
    f("bround", "bround", SCALED, returns::rounded, "Rounded half to even, to a number of decimals"),
    real("rint", "rint", "rint", "Nearest whole number, half to even, as a double"),
    real("sqrt", "sqrt", "SQRT", "Square root; NULL for negative numbers, where PySpark gives NaN").nullable(),
    real("cbrt", "cbrt", "CBRT", "Cube root"),
    real("exp", "exp", "EXP", "e to the power of the argument"),
    real("expm1", "expm1", "EXPM1", "exp(x) - 1, exact near zero"),
    real("ln", "ln", "ln", "Natural logarithm; NULL for numbers that are not positive").nullable(),
    f(
        "log",
        "log",
        &[Param::column("arg1", Number), Param::column("arg2", Number).optional()],
        returns::double_of_numbers,
        "Natural logarithm, or log(base, x)",
    )
    .nullable()
    .label("ln"),
    real("log10", "log10", "LOG10", "Logarithm to base 10").nullable(),
    real("log2", "log2", "LOG2", "Logarithm to base 2").nullable(),
    real("log1p", "log1p", "LOG1P", "ln(1 + x), exact near zero; NULL at or below -1").nullable(),
    f("pow", "power", TWO, returns::double_of_numbers, "The first to the power of the second").label("POWER").nullable(),
    real("sign", "sign", "sign", "-1, 0 or 1"),
    real("signum", "signum", "SIGNUM", "-1, 0 or 1"),
    real("sin", "sin", "SIN", "Sine of radians"),
    real("cos", "cos", "COS", "Cosine of radians"),
    real("tan", "tan", "TAN", "Tangent of radians"),
    real("cot", "cot", "COT", "Cotangent of radians"),
    real("sec", "sec", "SEC", "Secant of radians"),
    real("csc", "csc", "CSC", "Cosecant of radians"),
    real("asin", "asin", "ASIN", "Arc sine; NULL outside -1 to 1, where PySpark gives NaN").nullable(),
    real("acos", "acos", "ACOS", "Arc cosine; NULL outside -1 to 1, where PySpark gives NaN").nullable(),
    real("atan", "atan", "ATAN", "Arc tangent"),
    f("atan2", "atan2", &[Param::column("y", Number), Param::column("x", Number)], returns::double_of_numbers, "Angle of the point (x, y)")
        .label("ATAN2"),
    real("sinh", "sinh", "SINH", "Hyperbolic sine"),
    real("cosh", "cosh", "COSH", "Hyperbolic cosine"),
    real("tanh", "tanh", "TANH", "Hyperbolic tangent"),
    real("asinh", "asinh", "ASINH", "Inverse hyperbolic sine"),
    real("acosh", "acosh", "ACOSH", "Inverse hyperbolic cosine").nullable(),
    real("atanh", "atanh", "ATANH", "Inverse hyperbolic tangent").nullable(),
    real("degrees", "degrees", "DEGREES", "Radians in degrees").aliases(&["toDegrees"]),
    real("radians", "radians", "RADIANS", "Degrees in radians").aliases(&["toRadians"]),
    f("hypot", "hypot", TWO, returns::double_of_numbers, "Length of the hypotenuse, without overflow on the way").label("HYPOT"),
    f("factorial", "factorial", &[Param::column("col", Integer)], returns::long, "Factorial of 0 to 20, else NULL").nullable(),
    f("greatest", "greatest", SEVERAL, returns::comparable, "Greatest argument that is not NULL; NULL if all are").sees_nulls().nullable(),
    f("least", "least", SEVERAL, returns::comparable, "Least argument that is not NULL; NULL if all are").sees_nulls().nullable(),
    f(
        "pmod",
        "pmod",
        &[Param::column("dividend", Number), Param::column("divisor", Number)],
        returns::arithmetic,
        "Remainder that is not negative; NULL for divisor 0",
    )
    .nullable(),
    f(
        "mod",
        "mod",
        &[Param::column("dividend", Number), Param::column("divisor", Number)],
        returns::arithmetic,
        "Remainder with the sign of the dividend; NULL for divisor 0",
    )
    .nullable(),
    f(
        "tryDivide",
        "try_divide",
        &[Param::column("left", Number), Param::column("right", Number)],
        returns::double_of_numbers,
        "Quotient; NULL for divisor 0",
    )
    .nullable(),
    f("tryAdd", "try_add", TWO, returns::arithmetic, "Sum; NULL on overflow").nullable(),
    f("trySubtract", "try_subtract", TWO, returns::arithmetic, "Difference; NULL on overflow").nullable(),
    f("tryMultiply", "try_multiply", TWO, returns::arithmetic, "Product; NULL on overflow").nullable(),
    f("rand", "rand", SEED, returns::double, "Uniformly distributed number from 0 to below 1; a seed makes it repeatable")
        .aliases(&["random"])
        .volatile()
        .never_null(),
    f("randn", "randn", SEED, returns::double, "Normally distributed number of mean 0 and deviation 1; a seed makes it repeatable")
        .volatile()
        .never_null(),
    f("bin", "bin", &[Param::column("col", Integer)], returns::string, "Binary digits of an integer (two's complement)"),
    f(
        "conv",
        "conv",
        &[Param::column("col", Text), Param::literal("fromBase", Integer), Param::literal("toBase", Integer)],
        returns::string,
        "A number's digits in another base, 2 to 36; a negative base gives a signed result; NULL for an empty text",
    )
    .nullable(),
    f("shiftLeft", "shiftleft", SHIFT, returns::shifted, "Shifted left"),
    f("shiftRight", "shiftright", SHIFT, returns::shifted, "Shifted right, keeping the sign"),
    f("shiftRightUnsigned", "shiftrightunsigned", SHIFT, returns::shifted, "Shifted right, filled with zeros").typed(),
    f("bitCount", "bit_count", &[Param::column("col", Any)], returns::int, "Number of bits that are set"),
    f(
        "bitGet",
        "bit_get",
        &[Param::column("col", Integer), Param::column("pos", Integer)],
        returns::int,
        "The bit at a position, from 0 at the right",
    )
    .aliases(&["getbit"]),
    f(
        "widthBucket",
        "width_bucket",
        &[Param::column("v", Number), Param::column("min", Number), Param::column("max", Number), Param::column("numBucket", Integer)],
        returns::long,
        "Number of the bucket of equal width, 0 below and n + 1 above the range",
    )
    .nullable(),
    f("e", "e", &[], returns::double, "Euler's number").label("E"),
    f("pi", "pi", &[], returns::double, "The ratio of a circle's circumference to its diameter").label("PI"),
];
