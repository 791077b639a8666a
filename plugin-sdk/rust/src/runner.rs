//! Runs the plugins of one event, and turns what they did into the answer.

use std::any::Any;
use std::future::Future;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context as TaskContext, Poll};
use std::time::Instant;

use crate::error::{Error, Result};
use crate::kong::{Context, EventState, Kong};
use crate::plugin::{AnyInstance, Chunk, Phase};
use crate::wire::{ChunkDone, Done, LogLine, Op, Write};

/// A plugin config that an event is for.
#[derive(Clone)]
pub(crate) struct Step {
    pub instance: Rc<dyn AnyInstance>,
    pub context: Context,
}

/// A future that may panic; a panic is its result.
pub(crate) struct CatchPanic<F: ?Sized>(pub Pin<Box<F>>);

impl<F: Future + ?Sized> Future for CatchPanic<F> {
    type Output = std::result::Result<F::Output, String>;

    fn poll(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        match catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(task))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(panic) => Poll::Ready(Err(panic_text(&*panic))),
        }
    }
}

pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panic: {}", text.as_deref().unwrap_or("of an unknown kind"))
}

/// How one plugin ended.
enum End {
    Well,
    Exited,
    Cancelled,
    Failed(String),
}

fn end_of(result: std::result::Result<Result, String>, state: &EventState) -> End {
    match result {
        Ok(Err(Error::Cancelled(_))) => End::Cancelled,
        Ok(Err(Error::Exited)) => End::Exited,
        Ok(Ok(())) if state.has_exited.get() => End::Exited,
        Ok(Ok(())) => End::Well,
        Ok(Err(cause)) => End::Failed(cause.to_string()),
        Err(panic) => End::Failed(panic),
    }
}

fn kong_for(state: &Rc<EventState>, step: &Step) -> Kong {
    Kong { state: Rc::clone(state), plugin: step.instance.name().into(), context: step.context.clone() }
}

fn log_failure(state: &EventState, plugin: &str, failure: &str) {
    let line = LogLine { level: "err".to_owned(), message: failure.to_owned(), plugin: plugin.to_owned() };
    state.link.log(state.stream, line);
}

/// Run a phase. `None`: the gateway wants no answer any more.
pub(crate) async fn run_event(state: Rc<EventState>, steps: Rc<[Step]>, phase: Phase) -> Option<Done> {
    let mut done = Done::default();
    for (at, step) in steps.iter().enumerate() {
        if at > 0 {
            state.writes.borrow_mut().push(Write { op: Op::NextInstance as i32, ..Write::default() });
        }
        done.ran += 1;
        let began = Instant::now();
        let kong = kong_for(&state, step);
        let handling = match catch_unwind(AssertUnwindSafe(|| step.instance.run(phase, &kong))) {
            Ok(handling) => CatchPanic(handling).await,
            Err(panic) => Err(panic_text(&*panic)),
        };
        done.plugin_us.push(began.elapsed().as_micros() as u32);
        match end_of(handling, &state) {
            End::Well => (),
            End::Cancelled => return None,
            End::Exited => break,
            End::Failed(failure) => {
                log_failure(&state, step.instance.name(), &failure);
                done.failure = failure;
                break;
            }
        }
    }
    done.cache_ms = state.cache_ms.get();
    done.writes = state.writes.take();
    done.reads = state.reads.take();
    Some(done)
}

/// Run body_filter for a piece of the body.
pub(crate) async fn run_chunk(state: Rc<EventState>, steps: Rc<[Step]>, chunk: Chunk) -> Option<ChunkDone> {
    let given = chunk.data.clone();
    let was_last = chunk.is_last;
    let mut chunk = chunk;
    let mut done = ChunkDone::default();
    for step in steps.iter() {
        let kong = kong_for(&state, step);
        let result = CatchPanic(step.instance.run_chunk(&kong, &mut chunk)).await;
        match end_of(result, &state) {
            End::Well | End::Exited => (),
            End::Cancelled => return None,
            End::Failed(failure) => {
                log_failure(&state, step.instance.name(), &failure);
                done.failure = failure;
                break;
            }
        }
    }
    done.writes = state.writes.take();
    done.reads = state.reads.take();
    done.is_last = chunk.is_last;
    done.is_unchanged = chunk.data == given && chunk.is_last == was_last;
    if !done.is_unchanged {
        done.data = chunk.data;
    }
    Some(done)
}
