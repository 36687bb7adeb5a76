//! Functions written in JavaScript. `pkg/src/udf.ts` wraps them: it keeps what they throw, and turns dates and structures into text.

use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::{Engine, to_js_error};
use crate::engine::{Answer, Declaration, HostAggregate};
use crate::error::{Error, Result};
use crate::types::DataType;
use crate::value::Value;

#[derive(Deserialize)]
struct Settings {
    deterministic: bool,
    returns: String,
}

fn declaration(name: &str, settings: &str) -> Result<Declaration> {
    let settings: Settings = serde_json::from_str(settings).map_err(|e| Error::invalid(format!("registerFunction: {e}")))?;
    let returns = DataType::parse(&settings.returns).map_err(|error| error.within("registerFunction"))?;
    Ok(Declaration { name: name.to_owned(), deterministic: settings.deterministic, returns })
}

#[wasm_bindgen]
impl Engine {
    #[wasm_bindgen(js_name = registerScalar)]
    pub fn register_scalar(&self, name: &str, settings: &str, function: js_sys::Function) -> Result<(), JsValue> {
        let declaration = declaration(name, settings).map_err(to_js_error)?;
        let label = name.to_owned();
        self.database()?
            .register_scalar(declaration, move |args| {
                let list: js_sys::Array = args.iter().map(to_js_value).collect();
                function
                    .apply(&JsValue::UNDEFINED, &list)
                    .map_err(|thrown| message(&label, &thrown))
                    .and_then(|result| from_js_value(&label, &result))
            })
            .map_err(to_js_error)
    }

    /// `callbacks`: functions `init()`, `step(state, …)`, `finish(state)` and maybe `inverse(state, …)`.
    #[wasm_bindgen(js_name = registerAggregate)]
    pub fn register_aggregate(&self, name: &str, settings: &str, callbacks: &JsValue) -> Result<(), JsValue> {
        let declaration = declaration(name, settings).map_err(to_js_error)?;
        let get = |key: &str| js_sys::Reflect::get(callbacks, &key.into()).ok().and_then(|value| value.dyn_into::<js_sys::Function>().ok());
        let required = |key: &str| {
            get(key).ok_or_else(|| to_js_error(Error::invalid(format!("registerFunction: {key} must be a function")).within("registerFunction")))
        };
        let aggregate = JsAggregate {
            label: name.to_owned(),
            init: required("init")?,
            step: required("step")?,
            finish: required("finish")?,
            inverse: get("inverse"),
        };
        self.database()?.register_aggregate(declaration, aggregate).map_err(to_js_error)
    }
}

struct JsAggregate {
    label: String,
    init: js_sys::Function,
    step: js_sys::Function,
    finish: js_sys::Function,
    inverse: Option<js_sys::Function>,
}

impl JsAggregate {
    fn change(&self, function: &js_sys::Function, state: &JsValue, args: &[Value]) -> Answer<()> {
        let list = js_sys::Array::of1(state);
        for value in args {
            list.push(&to_js_value(value));
        }
        function.apply(&JsValue::UNDEFINED, &list).map(|_| ()).map_err(|thrown| message(&self.label, &thrown))
    }
}

impl HostAggregate for JsAggregate {
    type State = JsValue;

    fn init(&self) -> Answer<JsValue> {
        self.init.call0(&JsValue::UNDEFINED).map_err(|thrown| message(&self.label, &thrown))
    }

    fn step(&self, state: &mut JsValue, args: &[Value]) -> Answer<()> {
        self.change(&self.step, state, args)
    }

    fn inverse(&self, state: &mut JsValue, args: &[Value]) -> Answer<()> {
        match &self.inverse {
            Some(inverse) => self.change(inverse, state, args),
            None => Err(format!("{}: a window frame whose start moves needs an inverse function", self.label)),
        }
    }

    fn value(&self, state: &JsValue) -> Answer {
        let result = self.finish.call1(&JsValue::UNDEFINED, state).map_err(|thrown| message(&self.label, &thrown))?;
        from_js_value(&self.label, &result)
    }
}

/// What a function threw, in words; the thrown value itself stays with `udf.ts`.
fn message(label: &str, thrown: &JsValue) -> String {
    let text = js_sys::Reflect::get(thrown, &"message".into()).ok().and_then(|message| message.as_string());
    format!("the function {label} failed: {}", text.or_else(|| thrown.as_string()).unwrap_or_else(|| "it threw a value without a message".to_owned()))
}

#[allow(clippy::cast_precision_loss)]
fn to_js_value(value: &Value) -> JsValue {
    const SAFE: i64 = (1 << 53) - 1;
    match value {
        Value::Null => JsValue::NULL,
        Value::Integer(i) if (-SAFE..=SAFE).contains(i) => JsValue::from_f64(*i as f64),
        Value::Integer(i) => JsValue::from(*i),
        Value::Real(r) => JsValue::from_f64(*r),
        Value::Text(s) => JsValue::from_str(s),
        Value::Blob(b) => js_sys::Uint8Array::from(b.as_slice()).into(),
    }
}

/// `udf.ts` gives null, booleans, numbers, BigInts, strings and byte arrays; anything else is named in the error.
#[allow(clippy::cast_possible_truncation)]
fn from_js_value(label: &str, value: &JsValue) -> Answer {
    const SAFE: f64 = 9_007_199_254_740_991.0;
    if value.is_null() || value.is_undefined() {
        return Ok(Value::Null);
    }
    if let Some(b) = value.as_bool() {
        return Ok(Value::from(b));
    }
    if let Some(n) = value.as_f64() {
        return Ok(if n.fract() == 0.0 && n.abs() <= SAFE && !(n == 0.0 && n.is_sign_negative()) {
            Value::Integer(n as i64)
        } else {
            Value::Real(n)
        });
    }
    if let Some(s) = value.as_string() {
        return Ok(Value::Text(s));
    }
    if value.is_bigint() {
        return i64::try_from(value.clone())
            .map(Value::Integer)
            .map_err(|_| format!("the function {label} gave an integer that does not fit 64 bits"));
    }
    if let Some(bytes) = value.dyn_ref::<js_sys::Uint8Array>() {
        return Ok(Value::Blob(bytes.to_vec()));
    }
    Err(format!("the function {label} gave a value that SQL cannot hold"))
}
