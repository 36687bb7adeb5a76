//! The wire form of a plan, version 1: `{"version": 1, "exprs": […], "nodes": […], "root": n}`.
//!
//! Both arrays are flat: an entry refers to others by index, always to lower ones, so that reading needs no recursion
//! and a plan of any depth is read in one pass. Each entry is an object whose `op` names it.
//!
//! ```json
//! {"version": 1,
//!  "exprs": [{"op": "column", "name": "amount"}, {"op": "literal", "type": "bigint", "value": 10}, {"op": "gt", "left": 0, "right": 1}],
//!  "nodes": [{"op": "table", "name": "orders"}, {"op": "filter", "input": 0, "condition": 2}],
//!  "root": 1}
//! ```
//!
//! Literal values: null, booleans, numbers and strings as themselves; integers beyond 2^53 as decimal strings with type `bigint`;
//! NaN and infinities as `"NaN"`, `"Infinity"`, `"-Infinity"` with type `double`; bytes as base64 with type `binary`;
//! dates and timestamps as ISO text with their type; arrays and structs as JSON with type `json`, `array<…>` or `struct<…>`.

mod exprs;
mod literals;
mod nodes;

use serde::Deserialize;

use super::{Node, Plan};
use crate::error::{Error, Result};
use exprs::{Decoder, WireExpr};
pub use exprs::{MAX_EXPR_DEPTH, MAX_EXPR_SIZE};
pub use literals::{WireLiteral, decode_literal, decode_params_json};
use nodes::{WireNode, decode_node};

/// A plan has at most this many nodes on its longest path.
pub const MAX_PLAN_DEPTH: usize = 2_000;

type Id = usize;

#[derive(Debug, Deserialize)]
struct WirePlan {
    version: u32,
    exprs: Vec<WireExpr>,
    nodes: Vec<WireNode>,
    root: Id,
}

/// Reads the wire form. Errors are `invalid_argument`.
pub fn decode(json: &str) -> Result<Plan> {
    let wire: WirePlan = serde_json::from_str(json).map_err(|e| Error::invalid(format!("not a plan: {e}")))?;
    if wire.version != 1 {
        return Err(Error::invalid(format!("plan version {} is not known (this build reads version 1)", wire.version)));
    }
    let mut exprs = Decoder::default();
    for expr in wire.exprs {
        exprs.push(expr)?;
    }
    let mut nodes: Vec<Node> = Vec::with_capacity(wire.nodes.len());
    let mut depths: Vec<usize> = Vec::with_capacity(wire.nodes.len());
    for (id, node) in wire.nodes.into_iter().enumerate() {
        let node = decode_node(node, &exprs)?;
        if let Some(bad) = node.inputs().iter().find(|input| **input >= id) {
            return Err(Error::invalid(format!("not a plan: node {id} refers to node {bad}")));
        }
        let depth = 1 + node.inputs().iter().map(|i| depths[*i]).max().unwrap_or(0);
        if depth > MAX_PLAN_DEPTH {
            return Err(Error::unsupported(format!("a plan may be at most {MAX_PLAN_DEPTH} verbs deep"))
                .hint("cache() or saveAsTable() an intermediate frame"));
        }
        depths.push(depth);
        nodes.push(node);
    }
    if wire.root >= nodes.len() {
        return Err(Error::invalid(format!("not a plan: root {} of {} nodes", wire.root, nodes.len())));
    }
    if let Some(bad) = exprs.frames.iter().find(|id| **id >= nodes.len()) {
        return Err(Error::invalid(format!("not a plan: an expression refers to node {bad} of {}", nodes.len())));
    }
    Ok(Plan { nodes, root: wire.root })
}
