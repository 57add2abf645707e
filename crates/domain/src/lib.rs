//! What Rapport does. Each part of the business is a module; a use case is one function in it. Everything that
//! touches the database goes through the kernel's access, which knows who is asking.

pub mod approvals;
mod becoming;
mod conditions;
pub mod customers;
mod defaults;
pub mod facts;
pub(crate) mod following;
pub mod identity;
pub mod insight;
pub mod integration;
pub mod kernel;
pub mod lifecycle;
mod number;
pub mod ownership;
pub mod plays;
pub mod readers;
pub mod records;
pub(crate) mod rules;
pub mod sales;
pub mod segmentation;
pub mod service;
#[cfg(test)]
mod testing;
pub mod timed;
mod turns;
pub mod work;

pub use kernel::{
    Access, Actor, Create, Ctx, Database, Delete, Error, Fault, Nodes, Patch, Read, Result, Tx,
    Update,
};
