//! What Rapport does. Each part of the business is a module; a use case is one function in it. Everything that
//! touches the database goes through the kernel's access, which knows who is asking.

pub mod approvals;
pub mod customers;
mod defaults;
pub mod facts;
pub(crate) mod following;
pub mod identity;
pub mod insight;
pub mod integration;
pub mod kernel;
pub mod lifecycle;
pub mod ownership;
pub mod plays;
pub mod readers;
pub mod records;
pub mod sales;
pub mod segmentation;
pub mod service;
#[cfg(test)]
mod testing;
pub mod timed;
pub mod work;

pub use kernel::{
    Access, Actor, Create, Ctx, Database, Delete, Error, Fault, Nodes, Patch, Read, Result, Tx,
    Update,
};
