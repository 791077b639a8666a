//! One connection of a gateway's worker: frames in, events run, frames out; all answers of a turn in one write.
//!
//! This file is the socket; `dispatch.rs` is what each frame means.

mod dispatch;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use prost::Message;
use tokio::net::UnixStream;
use tokio::sync::{oneshot, watch, Notify};
use tokio::task::AbortHandle;

use crate::contexts::Contexts;
use crate::frame::{put, take, BadFrame, FRAME_BYTES_MAX, PREFACE};
use crate::kong::{EventState, Gateway, Link, Reply, ReplyFuture};
use crate::plugin::{AnyInstance, Registration};
use crate::runner::Step;
use crate::wire::{self, frame};
use crate::SOFTWARE;

/// Versions of the protocol that we speak.
const VERSIONS: [u32; 1] = [1];
/// Bytes that are read at a time.
const READ_BYTES: usize = 64 * 1024;

/// What tasks of the connection share.
struct Shared {
    out: RefCell<BytesMut>,
    /// Something was written outside of the loop's turn.
    wake: Notify,
    /// Who waits for a Result, by stream.
    calls: RefCell<HashMap<u32, oneshot::Sender<Reply>>>,
    contexts: RefCell<Contexts>,
    under_way: Cell<usize>,
    /// Frames are being read: what is written now leaves when they have been.
    is_reading: Cell<bool>,
}

impl Shared {
    fn send(&self, stream: u32, kind: u8, message: &impl Message) {
        put(&mut self.out.borrow_mut(), stream, kind, message);
        if !self.is_reading.get() {
            self.wake.notify_one();
        }
    }
}

impl Link for Shared {
    fn call(&self, stream: u32, call: wire::Call) -> ReplyFuture {
        let (sender, receiver) = oneshot::channel();
        if call.encoded_len() > FRAME_BYTES_MAX - 5 {
            let why = "the call is longer than a frame may be".to_owned();
            return Box::pin(async { Reply::Cancelled(why) });
        }
        self.calls.borrow_mut().insert(stream, sender);
        self.send(stream, frame::CALL, &call);
        Box::pin(async move {
            let gone = || Reply::Cancelled("the gateway is gone".to_owned());
            receiver.await.unwrap_or_else(|_| gone())
        })
    }

    fn log(&self, stream: u32, line: wire::LogLine) {
        self.send(stream, frame::LOG, &line);
    }
}

/// A body_filter stream: its chunks come one after the other.
struct BodyStream {
    state: Rc<EventState>,
    steps: Rc<[Step]>,
}

pub(crate) struct Connection {
    plugins: Rc<[Registration]>,
    shared: Rc<Shared>,
    gateway: Option<Rc<Gateway>>,
    instances: HashMap<u32, Rc<dyn AnyInstance>>,
    entities: HashMap<u32, Bytes>,
    tasks: Rc<RefCell<HashMap<u32, AbortHandle>>>,
    bodies: HashMap<u32, BodyStream>,
}

impl Connection {
    /// Serve it until the gateway closes it. After `drains` has become true no new connection comes, and this one is told.
    pub async fn serve(
        stream: UnixStream,
        plugins: Rc<[Registration]>,
        mut drains: watch::Receiver<bool>,
    ) -> io::Result<()> {
        let shared = Rc::new(Shared {
            out: RefCell::default(),
            wake: Notify::new(),
            calls: RefCell::default(),
            contexts: RefCell::default(),
            under_way: Cell::new(0),
            is_reading: Cell::new(false),
        });
        let mut connection = Self {
            plugins,
            shared,
            gateway: None,
            instances: HashMap::new(),
            entities: HashMap::new(),
            tasks: Rc::default(),
            bodies: HashMap::new(),
        };
        let result = connection.run(&stream, &mut drains).await;
        for (_, task) in connection.tasks.borrow_mut().drain() {
            task.abort();
        }
        result
    }

    async fn run(&mut self, stream: &UnixStream, drains: &mut watch::Receiver<bool>) -> io::Result<()> {
        let mut input = BytesMut::with_capacity(READ_BYTES);
        let mut is_drained = false;
        let mut has_preface = false;
        self.send_hello();
        loop {
            self.flush(stream).await?;
            tokio::select! {
                ready = stream.readable() => ready?,
                () = self.shared.wake.notified() => continue,
                _ = drains.changed(), if !is_drained => {
                    is_drained = true;
                    let reason = "the plugin server is stopping".to_owned();
                    self.shared.send(0, frame::DRAINING, &wire::Draining { reason });
                    continue;
                }
            }
            input.reserve(READ_BYTES);
            match stream.try_read_buf(&mut input) {
                Ok(0) => return Ok(()),
                Ok(_) => (),
                Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => continue,
                Err(cause) => return Err(cause),
            }
            if !has_preface {
                if input.len() < PREFACE.len() {
                    continue;
                }
                if !input.starts_with(PREFACE) {
                    return Err(bad("the peer does not speak Dragoman:1"));
                }
                let _ = input.split_to(PREFACE.len());
                has_preface = true;
            }
            self.shared.is_reading.set(true);
            while let Some(found) = take(&mut input).map_err(|BadFrame(why)| bad(&why))? {
                self.receive(found)?;
            }
            self.shared.is_reading.set(false);
        }
    }

    async fn flush(&self, stream: &UnixStream) -> io::Result<()> {
        loop {
            let out = self.shared.out.take();
            if out.is_empty() {
                return Ok(());
            }
            let mut rest = &out[..];
            while !rest.is_empty() {
                match stream.try_write(rest) {
                    Ok(written) => rest = &rest[written..],
                    Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => {
                        stream.writable().await?;
                    }
                    Err(cause) => return Err(cause),
                }
            }
        }
    }

    fn send_hello(&self) {
        let plugins = self.plugins.iter().map(|plugin| wire::PluginInfo {
            name: plugin.name.to_owned(),
            priority: plugin.priority,
            version: plugin.version.to_owned(),
            phases: plugin.phase_names().into_iter().map(str::to_owned).collect(),
            schema: plugin.schema().to_string().into(),
            reads_request_body: plugin.reads_request_body,
        });
        let hello = wire::Hello {
            protocol_versions: VERSIONS.to_vec(),
            software: SOFTWARE.to_owned(),
            frame_bytes_max: FRAME_BYTES_MAX as u32,
            pid: std::process::id(),
            plugins: plugins.collect(),
            ..wire::Hello::default()
        };
        self.shared.send(0, frame::HELLO, &hello);
    }
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
