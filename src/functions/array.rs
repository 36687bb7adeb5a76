//! Arrays, and what texts and arrays share: `concat`, `reverse`, `concat_ws`.

use rusqlite::types::ValueRef;
use serde_json::{Map, Value as Json};

use super::Scalar;
use super::args::{Args, Fallible, Fault};
use super::{civil, json};
use crate::types::DataType;
use crate::value::Value;

/// `structs.field`: the field of every element.
pub const PLAIN: &[(&str, i32, Scalar)] = &[("array_field", 2, |a| {
    let name = a.text(1)?;
    json::to_value(json::array(a, 0)?.into_iter().map(|item| item.get(&*name).cloned().unwrap_or_default()).collect())
})];

pub const FUNCTIONS: &[(&str, Scalar)] = &[
    ("array", array),
    ("array_contains", contains),
    ("array_position", position),
    ("array_append", append),
    ("array_prepend", prepend),
    ("array_insert", insert),
    ("array_remove", remove),
    ("array_distinct", distinct),
    ("array_compact", compact),
    ("array_sort", array_sort),
    ("sort_array", sort_array),
    ("array_max", max),
    ("array_min", min),
    ("array_join", join),
    ("array_union", union),
    ("array_intersect", intersect),
    ("array_except", except),
    ("arrays_overlap", overlap),
    ("arrays_zip", zip),
    ("array_repeat", repeat),
    ("size", size),
    ("array_size", array_size),
    ("slice", slice),
    ("element_at", element_at),
    ("try_element_at", element_at),
    ("get", get),
    ("flatten", flatten),
    ("sequence", sequence),
    ("concat", concat),
    ("concat_ws", concat_ws),
    ("reverse", reverse),
];

/// The most elements that one call may make.
const MAX_ELEMENTS: usize = 10_000_000;

fn too_many() -> Fault {
    Fault::Error(format!("an array may have at most {MAX_ELEMENTS} elements"))
}

fn array(args: &Args<'_>) -> Fallible<Value> {
    json::to_value((0..args.len()).map(|i| json::of(args, i)).collect())
}

fn contains(args: &Args<'_>) -> Fallible<Value> {
    let (items, value) = (json::array(args, 0)?, json::of(args, 1));
    if items.iter().any(|item| json::same(item, &value)) {
        Ok(true.into())
    } else if items.iter().any(Json::is_null) {
        Err(Fault::Null)
    } else {
        Ok(false.into())
    }
}

fn position(args: &Args<'_>) -> Fallible<Value> {
    let (items, value) = (json::array(args, 0)?, json::of(args, 1));
    Ok(Value::Integer(items.iter().position(|item| json::same(item, &value)).map_or(0, |i| i as i64 + 1)))
}

fn append(args: &Args<'_>) -> Fallible<Value> {
    let mut items = json::array(args, 0)?;
    items.push(json::of(args, 1));
    json::to_value(items)
}

fn prepend(args: &Args<'_>) -> Fallible<Value> {
    let mut items = json::array(args, 0)?;
    items.insert(0, json::of(args, 1));
    json::to_value(items)
}

fn insert(args: &Args<'_>) -> Fallible<Value> {
    let (mut items, pos, value) = (json::array(args, 0)?, args.long(1)?, json::of(args, 2));
    let n = items.len();
    let distance = usize::try_from(pos.unsigned_abs()).ok().filter(|d| *d <= MAX_ELEMENTS).ok_or_else(too_many)?;
    if pos == 0 {
        return Err(Fault::Error("array_insert: positions count from 1, there is no position 0".into()));
    }
    if pos > 0 {
        if distance > n + 1 {
            items.resize(distance - 1, Json::Null);
        }
        items.insert(distance - 1, value);
    } else if distance <= n + 1 {
        items.insert(n + 1 - distance, value);
    } else {
        // Before the start: NULLs fill the gap.
        let gap = distance - n - 1;
        items.splice(0..0, std::iter::once(value).chain(std::iter::repeat_n(Json::Null, gap)));
    }
    json::to_value(items)
}

fn remove(args: &Args<'_>) -> Fallible<Value> {
    let (mut items, value) = (json::array(args, 0)?, json::of(args, 1));
    items.retain(|item| item.is_null() || !json::same(item, &value));
    json::to_value(items)
}

/// Each element once, in the order of first appearance.
fn once(items: impl IntoIterator<Item = Json>) -> Vec<Json> {
    let mut seen = std::collections::BTreeSet::new();
    items.into_iter().filter(|item| seen.insert(Ordered(item.clone()))).collect()
}

/// JSON with its order, for sets.
struct Ordered(Json);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        json::same(&self.0, &other.0)
    }
}

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        json::compare(&self.0, &other.0)
    }
}

fn distinct(args: &Args<'_>) -> Fallible<Value> {
    json::to_value(once(json::array(args, 0)?))
}

fn compact(args: &Args<'_>) -> Fallible<Value> {
    let mut items = json::array(args, 0)?;
    items.retain(|item| !item.is_null());
    json::to_value(items)
}

fn array_sort(args: &Args<'_>) -> Fallible<Value> {
    let mut items = json::array(args, 0)?;
    items.sort_by(|a, b| a.is_null().cmp(&b.is_null()).then_with(|| json::compare(a, b)));
    json::to_value(items)
}

fn sort_array(args: &Args<'_>) -> Fallible<Value> {
    let mut items = json::array(args, 0)?;
    let ascending = args.boolean_or(1, true)?;
    items.sort_by(|a, b| if ascending { json::compare(a, b) } else { json::compare(b, a) });
    json::to_value(items)
}

fn max(args: &Args<'_>) -> Fallible<Value> {
    let items = json::array(args, 0)?;
    items.iter().filter(|item| !item.is_null()).max_by(|a, b| json::compare(a, b)).map(json::element).ok_or(Fault::Null)
}

fn min(args: &Args<'_>) -> Fallible<Value> {
    let items = json::array(args, 0)?;
    items.iter().filter(|item| !item.is_null()).min_by(|a, b| json::compare(a, b)).map(json::element).ok_or(Fault::Null)
}

fn join(args: &Args<'_>) -> Fallible<Value> {
    let (items, delimiter) = (json::array(args, 0)?, args.text(1)?);
    let replacement = if args.len() > 2 { Some(args.text(2)?) } else { None };
    let parts: Vec<String> = items
        .iter()
        .filter_map(|item| if item.is_null() { replacement.as_ref().map(|r| r.to_string()) } else { Some(json::plain_text(item)) })
        .collect();
    Ok(parts.join(&delimiter).into())
}

fn union(args: &Args<'_>) -> Fallible<Value> {
    let mut items = json::array(args, 0)?;
    items.extend(json::array(args, 1)?);
    json::to_value(once(items))
}

fn intersect(args: &Args<'_>) -> Fallible<Value> {
    let others: std::collections::BTreeSet<Ordered> = json::array(args, 1)?.into_iter().map(Ordered).collect();
    json::to_value(once(json::array(args, 0)?.into_iter().filter(|item| others.contains(&Ordered(item.clone())))))
}

fn except(args: &Args<'_>) -> Fallible<Value> {
    let others: std::collections::BTreeSet<Ordered> = json::array(args, 1)?.into_iter().map(Ordered).collect();
    json::to_value(once(json::array(args, 0)?.into_iter().filter(|item| !others.contains(&Ordered(item.clone())))))
}

fn overlap(args: &Args<'_>) -> Fallible<Value> {
    let (a, b) = (json::array(args, 0)?, json::array(args, 1)?);
    let others: std::collections::BTreeSet<Ordered> = b.iter().filter(|j| !j.is_null()).cloned().map(Ordered).collect();
    if a.iter().any(|item| !item.is_null() && others.contains(&Ordered(item.clone()))) {
        return Ok(true.into());
    }
    let unknown = !a.is_empty() && !b.is_empty() && a.iter().chain(&b).any(Json::is_null);
    if unknown { Err(Fault::Null) } else { Ok(false.into()) }
}

/// Fields are named 0, 1, …; what an array lacks is NULL.
fn zip(args: &Args<'_>) -> Fallible<Value> {
    let arrays: Vec<Vec<Json>> = (0..args.len()).map(|i| json::array(args, i)).collect::<Fallible<_>>()?;
    let n = arrays.iter().map(Vec::len).max().unwrap_or(0);
    json::to_value(
        (0..n)
            .map(|row| {
                Json::Object(
                    arrays.iter().enumerate().map(|(i, a)| (i.to_string(), a.get(row).cloned().unwrap_or(Json::Null))).collect::<Map<_, _>>(),
                )
            })
            .collect(),
    )
}

fn repeat(args: &Args<'_>) -> Fallible<Value> {
    let n = usize::try_from(args.long(1)?.max(0)).ok().filter(|n| *n <= MAX_ELEMENTS).ok_or_else(too_many)?;
    json::to_value(vec![json::of(args, 0); n])
}

fn count(args: &Args<'_>) -> Fallible<i64> {
    match args.raw(0) {
        ValueRef::Text(bytes) => match serde_json::from_slice(bytes) {
            Ok(Json::Array(items)) => Ok(items.len() as i64),
            Ok(Json::Object(entries)) => Ok(entries.len() as i64),
            _ => Err(Fault::Null),
        },
        _ => Err(Fault::Null),
    }
}

fn size(args: &Args<'_>) -> Fallible<Value> {
    Ok(Value::Integer(count(args).unwrap_or(-1)))
}

fn array_size(args: &Args<'_>) -> Fallible<Value> {
    Ok(Value::Integer(count(args)?))
}

fn slice(args: &Args<'_>) -> Fallible<Value> {
    let (items, start, length) = (json::array(args, 0)?, args.long(1)?, args.long(2)?);
    if start == 0 {
        return Err(Fault::Error("slice: positions count from 1, there is no position 0".into()));
    }
    let length = usize::try_from(length).map_err(|_| Fault::Error(format!("slice: the length must not be negative: {length}")))?;
    let from = if start > 0 {
        usize::try_from(start - 1).ok()
    } else {
        usize::try_from(start.unsigned_abs()).ok().and_then(|back| items.len().checked_sub(back))
    };
    json::to_value(from.map_or_else(Vec::new, |from| items.into_iter().skip(from).take(length).collect()))
}

fn element_at(args: &Args<'_>) -> Fallible<Value> {
    if matches!(args.raw(1), ValueRef::Text(_)) || matches!(args.raw(0), ValueRef::Text(t) if t.first() == Some(&b'{')) {
        return json::object(args, 0)?.get(&*args.text(1)?).map(json::element).ok_or(Fault::Null);
    }
    let (items, index) = (json::array(args, 0)?, args.long(1)?);
    let place = match index {
        0 => return Err(Fault::Error("element_at: positions count from 1, there is no position 0".into())),
        1.. => usize::try_from(index - 1).ok(),
        _ => usize::try_from(index.unsigned_abs()).ok().and_then(|back| items.len().checked_sub(back)),
    };
    place.and_then(|i| items.get(i)).map(json::element).ok_or(Fault::Null)
}

fn get(args: &Args<'_>) -> Fallible<Value> {
    let (items, index) = (json::array(args, 0)?, args.long(1)?);
    usize::try_from(index).ok().and_then(|i| items.get(i)).map(json::element).ok_or(Fault::Null)
}

fn flatten(args: &Args<'_>) -> Fallible<Value> {
    let mut result = Vec::new();
    for item in json::array(args, 0)? {
        match item {
            Json::Array(inner) => result.extend(inner),
            _ => return Err(Fault::Null),
        }
    }
    json::to_value(result)
}

fn sequence(args: &Args<'_>) -> Fallible<Value> {
    if let (ValueRef::Text(_), ValueRef::Text(_)) = (args.raw(0), args.raw(1)) {
        return temporal_sequence(args);
    }
    let (start, stop) = (args.long(0)?, args.long(1)?);
    let step = args.long_or(2, if start <= stop { 1 } else { -1 })?;
    let illegal = || Fault::Error(format!("sequence: steps of {step} do not lead from {start} to {stop}"));
    if step == 0 && start != stop || step > 0 && start > stop || step < 0 && start < stop {
        return Err(illegal());
    }
    let mut items = Vec::new();
    let mut at = Some(start);
    while let Some(i) = at.filter(|i| if step >= 0 { *i <= stop } else { *i >= stop }) {
        if items.len() >= MAX_ELEMENTS {
            return Err(too_many());
        }
        items.push(Json::from(i));
        at = if step == 0 { None } else { i.checked_add(step) };
    }
    json::to_value(items)
}

/// Dates give dates, if the step has whole days; else timestamps. Months are counted from the start, so that they do not wear off its day.
fn temporal_sequence(args: &Args<'_>) -> Fallible<Value> {
    let (start_text, stop_text) = (args.text(0)?, args.text(1)?);
    let dates = !start_text.trim().contains([' ', 'T', ':']) && !stop_text.trim().contains([' ', 'T', ':']);
    let start = civil::parse_timestamp(&start_text).ok_or(Fault::Null)?;
    let stop = civil::parse_timestamp(&stop_text).ok_or(Fault::Null)?;
    let step = if args.len() > 2 {
        let text = args.text(2)?;
        civil::parse_interval(&text).ok_or_else(|| Fault::Error(format!("sequence: '{text}' is not a step such as '1 month' or '2 days'")))?
    } else {
        civil::Interval { months: 0, micros: if start <= stop { civil::MICROS_PER_DAY } else { -civil::MICROS_PER_DAY } }
    };
    let forward = step.months > 0 || (step.months == 0 && step.micros > 0);
    let standing = step.months == 0 && step.micros == 0;
    if start != stop && (standing || forward != (start < stop)) {
        return Err(Fault::Error("sequence: the step does not lead from the start to the stop".into()));
    }
    let mut items = Vec::new();
    for n in 0i64.. {
        if items.len() >= MAX_ELEMENTS {
            return Err(too_many());
        }
        let at = step.times(n).and_then(|interval| civil::add_interval(start, interval));
        let Some(at) = at.filter(|at| if forward { *at <= stop } else { *at >= stop }) else { break };
        items.push(Json::from(if dates { civil::show_date(at.div_euclid(civil::MICROS_PER_DAY)) } else { civil::show_timestamp(at) }));
        if standing {
            break;
        }
    }
    json::to_value(items)
}

fn is_array(data_type: Option<&DataType>) -> bool {
    matches!(data_type, Some(DataType::Array(_)))
}

fn concat(args: &Args<'_>) -> Fallible<Value> {
    if (0..args.len()).any(|i| is_array(args.data_type(i))) {
        let mut items = Vec::new();
        for i in 0..args.len() {
            items.extend(json::array(args, i)?);
        }
        return json::to_value(items);
    }
    if !args.is_empty() && (0..args.len()).all(|i| matches!(args.raw(i), ValueRef::Blob(_))) {
        let mut bytes = Vec::new();
        for i in 0..args.len() {
            bytes.extend_from_slice(&args.bytes(i)?);
        }
        return Ok(Value::Blob(bytes));
    }
    let mut text = String::new();
    for i in 0..args.len() {
        text.push_str(&args.text(i)?);
    }
    Ok(text.into())
}

fn concat_ws(args: &Args<'_>) -> Fallible<Value> {
    let separator = args.text(0)?;
    let mut parts: Vec<String> = Vec::new();
    for i in 1..args.len() {
        if args.is_null(i) {
            continue;
        }
        if is_array(args.data_type(i)) {
            parts.extend(json::array(args, i)?.iter().filter(|item| !item.is_null()).map(json::plain_text));
        } else {
            parts.push(args.text(i)?.into_owned());
        }
    }
    Ok(parts.join(&separator).into())
}

fn reverse(args: &Args<'_>) -> Fallible<Value> {
    if is_array(args.data_type(0)) {
        let mut items = json::array(args, 0)?;
        items.reverse();
        return json::to_value(items);
    }
    Ok(args.text(0)?.chars().rev().collect::<String>().into())
}
