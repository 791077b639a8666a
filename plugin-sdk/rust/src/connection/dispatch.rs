//! What each frame from the gateway means, and the events that it begins.

use std::io;
use std::rc::Rc;
use std::task::{Context as TaskContext, Poll, Waker};

use bytes::Bytes;
use prost::Message;

use super::{bad, BodyStream, Connection, Shared, VERSIONS};
use crate::frame::{RawFrame, FRAME_BYTES_MAX};
use crate::kong::{Entities, EventState, Gateway, Link, Reply};
use crate::plugin::{Chunk, Phase};
use crate::runner::{panic_text, run_chunk, run_event, CatchPanic, Step};
use crate::wire::{self, frame};

impl Connection {
    pub(super) fn receive(&mut self, RawFrame { stream, kind, message }: RawFrame) -> io::Result<()> {
        if kind == frame::HELLO {
            return self.on_hello(decode(message)?);
        }
        if self.gateway.is_none() {
            return Err(bad("a frame came before the hello"));
        }
        match kind {
            frame::START => self.on_start(&decode(message)?),
            frame::STOP => {
                self.instances.remove(&decode::<wire::Stop>(message)?.instance);
            }
            frame::ENTITY => {
                let entity: wire::Entity = decode(message)?;
                self.entities.insert(entity.number, entity.json);
            }
            frame::FORGET_ENTITIES => self.entities.clear(),
            frame::EVENT => self.on_event(stream, decode(message)?),
            frame::RESULT => {
                let result = decode(message)?;
                let caller = self.shared.calls.borrow_mut().remove(&stream);
                // nobody waits for it any more: it crossed the end of the event
                caller.map(|sender| sender.send(Reply::Result(result)).ok());
            }
            frame::CHUNK => self.on_chunk(stream, decode(message)?),
            frame::CANCEL => self.on_cancel(stream),
            frame::FORGET => {
                let over: wire::Forget = decode(message)?;
                let mut contexts = self.shared.contexts.borrow_mut();
                over.requests.iter().for_each(|request| contexts.forget(*request));
            }
            frame::PING => self.shared.send(0, frame::PONG, &decode::<wire::Ping>(message)?),
            _ => (), // of a later version, or nothing that we must act on
        }
        Ok(())
    }

    fn on_hello(&mut self, hello: wire::Hello) -> io::Result<()> {
        if !hello.protocol_versions.iter().any(|version| VERSIONS.contains(version)) {
            return Err(bad("the gateway speaks no version of the protocol that we speak"));
        }
        self.gateway = Some(Rc::new(Gateway {
            node_id: hello.node_id,
            hostname: hello.hostname,
            version: hello.kong_version,
            version_num: hello.kong_version_num,
            wants_reads: hello.wants_reads,
        }));
        Ok(())
    }

    fn on_start(&mut self, start: &wire::Start) {
        let found = self.plugins.iter().find(|one| one.name == start.plugin);
        let made = match found {
            None => Err(format!("there is no plugin {:?} here", start.plugin)),
            Some(plugin) => {
                let make = std::panic::AssertUnwindSafe(|| (plugin.new_instance)(&start.config));
                match std::panic::catch_unwind(make) {
                    Ok(made) => made.map_err(|cause| cause.to_string()),
                    Err(panic) => Err(panic_text(&*panic)),
                }
            }
        };
        let instance = start.instance;
        match made {
            Err(message) => {
                let failed = wire::StartFailed { instance, message };
                self.shared.send(0, frame::START_FAILED, &failed);
            }
            Ok(made) => {
                let conditions = made.conditions().into_iter().map(|(phase, condition)| {
                    wire::PhaseCondition { phases: phase as u32, condition: Some(condition) }
                });
                let parts = made.cache_key();
                let started = wire::Started {
                    instance,
                    conditions: conditions.collect(),
                    cache_key: (!parts.is_empty()).then_some(wire::CacheKey { parts }),
                };
                self.instances.insert(instance, made);
                self.shared.send(0, frame::STARTED, &started);
            }
        }
    }

    fn entity(&self, number: u32) -> Bytes {
        self.entities.get(&number).cloned().unwrap_or_default()
    }

    fn on_event(&mut self, stream: u32, event: wire::Event) {
        let Some(phase) = Phase::from_bit(event.phase) else {
            let failure = format!("phase {} is not known here", event.phase);
            return self.shared.send(stream, frame::DONE, &wire::Done { failure, ..Default::default() });
        };
        let request = event.request;
        let steps: Option<Vec<Step>> = event
            .instances
            .iter()
            .map(|number| {
                let instance = Rc::clone(self.instances.get(number)?);
                let context = self.shared.contexts.borrow().get(request, instance.name());
                Some(Step { instance, context })
            })
            .collect();
        let Some(steps) = steps else {
            let failure = "an instance of the event is not known here".to_owned();
            return self.shared.send(stream, frame::DONE, &wire::Done { failure, ..Default::default() });
        };
        let steps: Rc<[Step]> = steps.into();
        let entities = Entities {
            route: self.entity(event.route),
            service: self.entity(event.service),
            consumer: self.entity(event.consumer),
            credential: self.entity(event.credential),
        };
        let gateway = Rc::clone(self.gateway.as_ref().expect("a hello came before"));
        let link: Rc<dyn Link> = Rc::clone(&self.shared) as Rc<dyn Link>;
        if matches!(phase, Phase::InitWorker | Phase::Configure) {
            return self.on_worker_phase(stream, phase, event, gateway, link);
        }
        let state = Rc::new(EventState::new(stream, event, entities, gateway, link));
        if phase == Phase::BodyFilter {
            let ran = steps.len() as u32;
            self.bodies.insert(stream, BodyStream { state, steps });
            let done = wire::Done { ran, wants_body: true, ..Default::default() };
            return self.shared.send(stream, frame::DONE, &done);
        }
        let shared = Rc::clone(&self.shared);
        let handling = run_event(state, Rc::clone(&steps), phase);
        self.begin(stream, handling, move |done| {
            if let Some(mut done) = done {
                done.keeps_context = keep_contexts(&shared, request, &steps);
                shared.send(stream, frame::DONE, &fitting(done));
            }
        });
    }

    fn on_worker_phase(
        &mut self,
        stream: u32,
        phase: Phase,
        event: wire::Event,
        gateway: Rc<Gateway>,
        link: Rc<dyn Link>,
    ) {
        let Some(plugin) = self.plugins.iter().find(|one| one.name == event.plugin).cloned() else {
            let failure = format!("there is no plugin {:?} here", event.plugin);
            return self.shared.send(stream, frame::DONE, &wire::Done { failure, ..Default::default() });
        };
        let configs = event.configs.iter().filter_map(|number| self.instances.get(number).cloned());
        let configs = configs.collect();
        let state = Rc::new(EventState::new(stream, event, Entities::default(), gateway, link));
        let kong =
            crate::Kong { state: Rc::clone(&state), plugin: plugin.name.into(), context: Default::default() };
        let handling = CatchPanic((plugin.worker_phase)(phase, kong, configs));
        let shared = Rc::clone(&self.shared);
        self.begin(stream, handling, move |result| {
            let failure = match result {
                Ok(Ok(())) => String::new(),
                Ok(Err(cause)) => cause.to_string(),
                Err(panic) => panic,
            };
            let (writes, reads) = (state.writes.take(), state.reads.take());
            let done = wire::Done { writes, ran: 1, failure, reads, ..Default::default() };
            shared.send(stream, frame::DONE, &done);
        });
    }

    fn on_chunk(&mut self, stream: u32, chunk: wire::Chunk) {
        let Some(body) = self.bodies.get(&stream) else {
            return; // it crossed a Cancel
        };
        let state = Rc::clone(&body.state);
        let steps = Rc::clone(&body.steps);
        if chunk.is_last {
            self.bodies.remove(&stream);
        }
        let shared = Rc::clone(&self.shared);
        let request = state.event.request;
        let chunk = Chunk { data: chunk.data, is_last: chunk.is_last };
        self.begin(stream, run_chunk(state, Rc::clone(&steps), chunk), move |done| {
            if let Some(done) = done {
                keep_contexts(&shared, request, &steps);
                shared.send(stream, frame::CHUNK_DONE, &done);
            }
        });
    }

    /// Run it now as far as it goes without waiting; what waits becomes a task.
    fn begin<F>(&mut self, stream: u32, handling: F, end: impl FnOnce(F::Output) + 'static)
    where
        F: std::future::Future + 'static,
    {
        let mut handling = Box::pin(handling);
        let mut nobody = TaskContext::from_waker(Waker::noop());
        if let Poll::Ready(output) = handling.as_mut().poll(&mut nobody) {
            return end(output);
        }
        let tasks = Rc::clone(&self.tasks);
        let shared = Rc::clone(&self.shared);
        shared.under_way.set(shared.under_way.get() + 1);
        let task = tokio::task::spawn_local(async move {
            let output = handling.await;
            tasks.borrow_mut().remove(&stream);
            shared.under_way.set(shared.under_way.get() - 1);
            end(output);
        });
        self.tasks.borrow_mut().insert(stream, task.abort_handle());
    }

    /// The handler is dropped where it waits.
    fn on_cancel(&mut self, stream: u32) {
        self.bodies.remove(&stream);
        self.shared.calls.borrow_mut().remove(&stream);
        if let Some(task) = self.tasks.borrow_mut().remove(&stream) {
            task.abort();
            self.shared.under_way.set(self.shared.under_way.get() - 1);
        }
    }
}

fn keep_contexts(shared: &Shared, request: u32, steps: &[Step]) -> bool {
    let mut contexts = shared.contexts.borrow_mut();
    steps.iter().fold(false, |kept, step| contexts.keep(request, step.instance.name(), &step.context) | kept)
}

/// A Done that a frame can hold; else one that says that it could not.
fn fitting(done: wire::Done) -> wire::Done {
    if done.encoded_len() <= FRAME_BYTES_MAX - 5 {
        return done;
    }
    wire::Done {
        ran: done.ran,
        failure: format!("what the plugin wrote is longer than {FRAME_BYTES_MAX} bytes"),
        keeps_context: done.keeps_context,
        ..Default::default()
    }
}

fn decode<M: Message + Default>(message: Bytes) -> io::Result<M> {
    M::decode(message).map_err(|cause| bad(&format!("a message cannot be read: {cause}")))
}
