//! A plugin server on a real socket: hello, start, events, calls, bodies, cancel, what it does with a bad peer, and its end.

use std::io::{Read, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dragoman_plugin::wire::{self, frame, Op, ValueKind};
use prost::Message;

fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("examples/probe")
}

struct Server {
    child: Child,
    socket: PathBuf,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("probe.socket");
        std::fs::write(&socket, "stale").unwrap();
        let child = Command::new(program())
            .env("DRAGOMAN_PLUGIN_SERVER_SOCKET", &socket)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, socket, _folder: folder }
    }

    fn connect(&self) -> Peer {
        let until = Instant::now() + Duration::from_secs(60);
        let stream = loop {
            match UnixStream::connect(&self.socket) {
                Ok(stream) => break stream,
                Err(cause) if Instant::now() > until => panic!("{cause}"),
                Err(_) => std::thread::yield_now(),
            }
        };
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Peer { stream }
    }

    /// A connection that has had its hello.
    fn open(&self) -> Peer {
        self.open_with(wire::Hello::default())
    }

    /// The same with more in the hello.
    fn open_with(&self, more: wire::Hello) -> Peer {
        let mut peer = self.connect();
        peer.raw(b"DRAGOMAN");
        let hello = wire::Hello { protocol_versions: vec![1], kong_version: "3.9.1".into(), ..more };
        peer.send(0, frame::HELLO, &hello);
        let theirs: wire::Hello = peer.expect(0, frame::HELLO);
        assert_eq!(theirs.plugins[0].name, "probe");
        peer
    }

    fn started(&self, config: &str) -> Peer {
        let mut peer = self.open();
        peer.send(0, frame::START, &start(1, config));
        assert_eq!(peer.expect::<wire::Started>(0, frame::STARTED).instance, 1);
        peer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Peer {
    stream: UnixStream,
}

impl Peer {
    fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    fn send(&mut self, stream: u32, kind: u8, message: &impl Message) {
        let body = message.encode_to_vec();
        let mut bytes = (body.len() as u32 + 5).to_le_bytes().to_vec();
        bytes.extend(stream.to_le_bytes());
        bytes.push(kind);
        bytes.extend(body);
        self.raw(&bytes);
    }

    fn next(&mut self) -> std::io::Result<(u32, u8, Vec<u8>)> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head)?;
        let length = u32::from_le_bytes(head[..4].try_into().unwrap()) as usize;
        let mut body = vec![0; length - 5];
        self.stream.read_exact(&mut body)?;
        Ok((u32::from_le_bytes(head[4..8].try_into().unwrap()), head[8], body))
    }

    fn expect<M: Message + Default>(&mut self, stream: u32, kind: u8) -> M {
        let (of, is, body) = self.next().unwrap();
        assert_eq!((of, is), (stream, kind), "{:?}", String::from_utf8_lossy(&body));
        M::decode(&body[..]).unwrap()
    }

    fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).is_ok()
    }
}

fn start(instance: u32, config: &str) -> wire::Start {
    wire::Start { instance, plugin: "probe".into(), config: config.to_owned().into(), phases: 0x20 }
}

fn access() -> wire::Event {
    wire::Event {
        phase: 0x20,
        instances: vec![1],
        request: 9,
        method: "GET".into(),
        target: "/a?b=c".into(),
        headers: "x-client-id: client-42\r\n".into(),
        client_ip: "127.0.0.1".into(),
        body_state: wire::BODY_NONE,
        ..Default::default()
    }
}

fn config(act: &str) -> String {
    format!(r#"{{"act":"{act}","__plugin_id":"p"}}"#)
}

#[test]
fn says_what_it_offers() {
    let output = Command::new(program()).arg("-dump").output().unwrap();
    let dump: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(dump["Protocol"], "Dragoman:1");
    let plugin = &dump["Plugins"][0];
    assert_eq!(plugin["Priority"], -7);
    assert_eq!(plugin["Phases"], serde_json::json!(["configure", "access", "header_filter", "body_filter"]));
    let fields = &plugin["Schema"]["fields"][0]["config"]["fields"];
    assert_eq!(fields[0]["act"]["default"], "none");
    assert_eq!(fields[1]["times"]["between"], serde_json::json!([1, 10]));
    assert_eq!(fields[1]["times"].get("required"), None);
    assert_eq!(fields[2]["tags"]["elements"]["type"], "string");
    let wrong = Command::new(program()).arg("-nothing").output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn answers_an_event_with_what_the_plugin_wrote() {
    let server = Server::start();
    let mut peer = server.started(&config("headers"));
    peer.send(7, frame::EVENT, &access());
    let done: wire::Done = peer.expect(7, frame::DONE);
    let written: Vec<_> = done.writes.iter().map(|one| (one.op, &one.name[..], &one.value[..])).collect();
    assert_eq!(
        written,
        [
            (Op::ServiceRequestSetHeader as i32, &b"x-user"[..], &b"client-42"[..]),
            (Op::ServiceRequestSetHeader as i32, b"x-plan", b"gold"),
            (Op::ResponseSetHeader as i32, b"x-served-by", b"sidecar"),
        ]
    );
    assert_eq!((done.ran, done.plugin_us.len()), (1, 1));
}

#[test]
fn asks_the_gateway_and_takes_writes_along() {
    let server = Server::start();
    let mut peer = server.started(&config("ask"));
    peer.send(7, frame::EVENT, &access());
    let call: wire::Call = peer.expect(7, frame::CALL);
    assert_eq!(call.method, "kong.client.load_consumer");
    assert_eq!(&call.writes[0].name[..], b"x-before");
    assert_eq!(call.args[1].kind, Some(ValueKind::Boolean(true)));
    peer.send(7, frame::RESULT, &wire::CallResult::default());
    let line: wire::LogLine = peer.expect(7, frame::LOG);
    assert_eq!((line.level.as_str(), line.message.as_str()), ("warn", "found false"));
    assert!(peer.expect::<wire::Done>(7, frame::DONE).writes.is_empty());
}

#[test]
fn asks_one_thing_after_the_other_where_a_plugin_asks_for_several_at_once() {
    let server = Server::start();
    let mut peer = server.started(&config("both"));
    peer.send(7, frame::EVENT, &access());
    for name in ["alice", "bob"] {
        let call: wire::Call = peer.expect(7, frame::CALL);
        assert_eq!(call.args[0].kind, Some(ValueKind::Text(name.into())));
        peer.send(0, frame::PING, &wire::Ping { token: 1 });
        peer.expect::<wire::Ping>(0, frame::PONG); // nothing of the next one came before
        peer.send(7, frame::RESULT, &wire::CallResult::default());
    }
    let done: wire::Done = peer.expect(7, frame::DONE);
    assert_eq!((done.failure.as_str(), &done.writes[0].value[..]), ("", &b"false false"[..]));
}

#[test]
fn ends_an_event_for_an_exit_a_failure_and_a_panic() {
    let server = Server::start();
    for (act, failure) in [("exit", ""), ("fail", "it went wrong"), ("panic", "panic: out of order")] {
        let mut peer = server.started(&config(act));
        peer.send(7, frame::EVENT, &access());
        if !failure.is_empty() {
            assert_eq!(peer.expect::<wire::LogLine>(7, frame::LOG).level, "err");
        }
        let done: wire::Done = peer.expect(7, frame::DONE);
        assert_eq!(done.failure, failure);
        if act == "exit" {
            assert_eq!(&done.writes[0].name[..], b"kong.response.exit");
        }
        // the server lives
        peer.send(0, frame::PING, &wire::Ping { token: 5 });
        assert_eq!(peer.expect::<wire::Ping>(0, frame::PONG).token, 5);
    }
}

#[test]
fn drops_a_handler_that_nobody_waits_for_and_uses_the_stream_again() {
    let server = Server::start();
    let mut peer = server.started(&config("hang"));
    peer.send(7, frame::EVENT, &access());
    peer.send(7, frame::CANCEL, &wire::Cancel { reason: 1, message: String::new() });
    peer.send(0, frame::START, &start(2, &config("none")));
    peer.expect::<wire::Started>(0, frame::STARTED);
    let again = wire::Event { instances: vec![2], ..access() };
    peer.send(7, frame::EVENT, &again);
    assert_eq!(peer.expect::<wire::Done>(7, frame::DONE).ran, 1);
}

#[test]
fn keeps_contexts_until_they_are_forgotten() {
    let server = Server::start();
    let mut peer = server.started(&config("keep"));
    peer.send(1, frame::EVENT, &access());
    assert!(peer.expect::<wire::Done>(1, frame::DONE).keeps_context);
    let filter = wire::Event { phase: 0x200, status: 200, ..access() };
    for seen in ["1", "no"] {
        peer.send(1, frame::EVENT, &filter);
        assert_eq!(&peer.expect::<wire::Done>(1, frame::DONE).writes[0].value[..], seen.as_bytes());
        peer.send(0, frame::FORGET, &wire::Forget { requests: vec![9] });
    }
}

#[test]
fn filters_bodies_chunk_by_chunk() {
    let server = Server::start();
    let mut peer = server.started(&config("headers"));
    peer.send(3, frame::EVENT, &wire::Event { phase: 0x400, status: 200, ..access() });
    assert!(peer.expect::<wire::Done>(3, frame::DONE).wants_body);
    for (data, is_last) in [("hello ", false), ("WORLD", false), ("!", true)] {
        peer.send(3, frame::CHUNK, &wire::Chunk { data: data.into(), is_last });
        let done: wire::ChunkDone = peer.expect(3, frame::CHUNK_DONE);
        assert_eq!(done.is_last, is_last);
        assert_eq!(done.is_unchanged, data != "hello ");
        if !done.is_unchanged {
            assert_eq!(&done.data[..], b"HELLO ");
        }
    }
}

#[test]
fn refuses_configurations_and_tells_conditions() {
    let server = Server::start();
    let mut peer = server.open();
    for config in [r#"{"act":"none","times":7}"#, r#"{"act":3}"#, "no json"] {
        peer.send(0, frame::START, &start(1, config));
        let failed: wire::StartFailed = peer.expect(0, frame::START_FAILED);
        assert!(!failed.message.is_empty());
    }
    peer.send(0, frame::START, &start(1, r#"{"act":"none","tags":["a"]}"#));
    let started: wire::Started = peer.expect(0, frame::STARTED);
    assert_eq!(started.conditions[0].phases, 0x20);
    assert_eq!(started.cache_key.unwrap().parts[0].name, "authorization");
    // an instance that there is not
    peer.send(4, frame::EVENT, &wire::Event { instances: vec![99], ..access() });
    assert!(peer.expect::<wire::Done>(4, frame::DONE).failure.contains("not known"));
}

#[test]
fn closes_a_connection_that_talks_nonsense_and_serves_the_others() {
    let server = Server::start();
    let mut good = server.started(&config("none"));
    let bad: [&[u8]; 4] = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"DRAGOMAN\xff\xff\xff\xff\0\0\0\0\x01",
        b"DRAGOMAN\x01\0\0\0\0\0\0\0\x01",
        b"DRAGOMAN\x05\0\0\0\x01\0\0\0\x08",
    ];
    for bytes in bad {
        let mut peer = server.connect();
        peer.raw(bytes);
        assert!(peer.is_closed(), "{bytes:?}");
    }
    good.send(1, frame::EVENT, &access());
    assert_eq!(good.expect::<wire::Done>(1, frame::DONE).ran, 1);
}

#[test]
fn finishes_what_is_under_way_before_it_ends() {
    let mut server = Server::start();
    let mut peer = server.started(&config("ask"));
    peer.send(7, frame::EVENT, &access());
    peer.expect::<wire::Call>(7, frame::CALL);
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    peer.expect::<wire::Draining>(0, frame::DRAINING);
    peer.send(7, frame::RESULT, &wire::CallResult::default());
    peer.expect::<wire::LogLine>(7, frame::LOG);
    peer.expect::<wire::Done>(7, frame::DONE);
    drop(peer);
    assert!(server.child.wait().unwrap().success());
    assert!(!server.socket.exists());
}

#[test]
fn names_what_was_read_to_a_gateway_that_asks() {
    let server = Server::start();
    let asking = wire::Hello { wants_reads: true, node_id: "n".into(), ..Default::default() };
    for (hello, wanted) in [
        (
            asking,
            vec![
                "kong.request.get_header X-User",
                "kong.request.get_query_arg page",
                "kong.client.get_ip",
                "kong.ctx.shared.get k",
                "kong.node.get_id",
            ],
        ),
        (wire::Hello::default(), vec![]),
    ] {
        let mut peer = server.open_with(hello);
        peer.send(0, frame::START, &start(1, &config("read")));
        peer.expect::<wire::Started>(0, frame::STARTED);
        peer.send(1, frame::EVENT, &access());
        assert_eq!(peer.expect::<wire::Done>(1, frame::DONE).reads, wanted);
        peer.send(3, frame::EVENT, &wire::Event { phase: 0x400, status: 200, ..access() });
        peer.expect::<wire::Done>(3, frame::DONE);
        for is_last in [false, true] {
            peer.send(3, frame::CHUNK, &wire::Chunk { data: "x".into(), is_last });
            let done: wire::ChunkDone = peer.expect(3, frame::CHUNK_DONE);
            assert_eq!(done.reads.is_empty(), wanted.is_empty());
        }
    }
}
