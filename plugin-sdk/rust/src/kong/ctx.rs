//! `kong.ctx`: values that live as long as the request.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::{stale, Kong};
use crate::error::Result;

/// `kong.ctx.plugin` of one plugin and one request: any values of the plugin's own, in this process.
#[derive(Clone, Default)]
pub struct Context(Rc<RefCell<HashMap<String, Rc<dyn Any>>>>);

impl Context {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }
}

/// Values kept for the request.
pub struct Ctx<'a>(pub(super) &'a Kong);

impl Ctx<'_> {
    /// A value that this plugin kept in an earlier phase of the request; `None` also where it is of another type.
    pub fn get<T: Any>(&self, key: &str) -> Option<Rc<T>> {
        let value = self.0.context.0.borrow().get(key).cloned()?;
        value.downcast().ok()
    }

    /// Keep a value for the later phases of the request. It stays in this process and costs the gateway nothing.
    pub fn set<T: Any>(&self, key: &str, value: T) {
        let mut values = self.0.context.0.borrow_mut();
        values.insert(key.to_owned(), Rc::new(value));
    }

    /// A value that any plugin of the request has shared, in whatever process it runs.
    pub async fn shared_get(&self, key: &str) -> Result<Option<serde_json::Value>> {
        let event = &self.0.state.event;
        if !self.0.is_stale(stale::SHARED) && !event.method.is_empty() {
            if event.shared.is_empty() && !event.shared_is_partial {
                self.0.note("kong.ctx.shared.get", key);
                return Ok(None);
            }
            if !event.shared.is_empty() {
                let table: serde_json::Value = serde_json::from_slice(&event.shared)?;
                if let Some(value) = table.get(key) {
                    self.0.note("kong.ctx.shared.get", key);
                    return Ok(Some(value.clone()));
                }
                if !event.shared_is_partial {
                    self.0.note("kong.ctx.shared.get", key);
                    return Ok(None);
                }
            }
        }
        self.0.ask("kong.ctx.shared.get", vec![key.into()]).await
    }

    /// Share a value with the other plugins of the request.
    pub fn shared_set(&self, key: &str, value: serde_json::Value) {
        self.0.mark_stale(stale::SHARED);
        self.0.write("kong.ctx.shared.set", vec![key.into(), value.into()]);
    }
}
