//! `kong.ctx.plugin` of the requests under way: kept between their phases until the gateway says that they are over.

use std::collections::{HashMap, VecDeque};

use crate::kong::Context;

/// Requests with a context that are kept; over it the oldest is dropped.
const REQUESTS_MAX: usize = 10_000;

#[derive(Default)]
pub(crate) struct Contexts {
    by_request: HashMap<u32, Vec<(&'static str, Context)>>,
    order: VecDeque<u32>,
}

impl Contexts {
    /// The plugin's context for the request; a new one where it has kept nothing yet.
    pub fn get(&self, request: u32, plugin: &'static str) -> Context {
        let kept = self.by_request.get(&request);
        let found = kept.and_then(|list| list.iter().find(|(name, _)| *name == plugin));
        found.map(|(_, context)| context.clone()).unwrap_or_default()
    }

    /// Keep it if there is anything in it. Tells whether there is.
    pub fn keep(&mut self, request: u32, plugin: &'static str, context: &Context) -> bool {
        if request == 0 || context.is_empty() {
            return false;
        }
        if !self.by_request.contains_key(&request) {
            self.order.push_back(request);
            if self.order.len() > REQUESTS_MAX {
                let oldest = self.order.pop_front();
                oldest.map(|request| self.by_request.remove(&request));
            }
        }
        let list = self.by_request.entry(request).or_default();
        if !list.iter().any(|(name, _)| *name == plugin) {
            list.push((plugin, context.clone()));
        }
        true
    }

    /// The request is over.
    pub fn forget(&mut self, request: u32) {
        if self.by_request.remove(&request).is_some() {
            self.order.retain(|one| *one != request);
        }
    }
}
