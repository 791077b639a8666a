//! The plugin server: options, the socket, connections, and an orderly end.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use tokio::net::UnixListener;
use tokio::signal::unix::{signal, SignalKind};
use tokio::sync::watch;
use tokio::task::{JoinSet, LocalSet};

use crate::connection::Connection;
use crate::plugin::{Plugin, Registration};

/// How long what is under way may take after the server was told to stop.
const DRAIN_MAX: Duration = Duration::from_secs(10);
/// How often we look whether the parent process is still there.
const PARENT_LOOK: Duration = Duration::from_secs(1);
const SOCKET_VARIABLE: &str = "DRAGOMAN_PLUGIN_SERVER_SOCKET";
const USAGE: &str = "usage: [-dump] [-socket PATH] [-kong-prefix DIR]\n\
    \n  -dump         print what the plugins are, as JSON, and end\
    \n  -socket       Unix socket to listen on (else $DRAGOMAN_PLUGIN_SERVER_SOCKET)\
    \n  -kong-prefix  folder of the socket where none is given; default /usr/local/kong";

struct Options {
    dumps: bool,
    socket: PathBuf,
}

/// Serve one plugin until the process is told to stop. Call it from `main`, and give what it returns.
pub fn serve<P: Plugin>() -> ExitCode {
    serve_all(vec![Registration::of::<P>()])
}

/// Serve several plugins with one process.
pub fn serve_all(plugins: Vec<Registration>) -> ExitCode {
    let options = match parse(std::env::args().skip(1), &plugins) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(why) => {
            eprintln!("{why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if options.dumps {
        println!("{}", dump(&plugins));
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served = runtime
        .and_then(|runtime| LocalSet::new().block_on(&runtime, listen(plugins.into(), &options.socket)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("cannot listen on {}: {cause}", options.socket.display());
            ExitCode::FAILURE
        }
    }
}

fn parse(
    arguments: impl Iterator<Item = String>,
    plugins: &[Registration],
) -> Result<Option<Options>, String> {
    let mut dumps = false;
    let mut socket = std::env::var_os(SOCKET_VARIABLE).map(PathBuf::from);
    let mut prefix = PathBuf::from("/usr/local/kong");
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let (name, joined) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument.clone(), None),
        };
        let mut value = || joined.clone().or_else(|| arguments.next()).ok_or(format!("{name} needs a value"));
        match name.trim_start_matches('-') {
            "dump" => dumps = true,
            "socket" => socket = socket.or(Some(PathBuf::from(value()?))),
            "kong-prefix" | "p" => prefix = PathBuf::from(value()?),
            "help" | "h" => return Ok(None),
            _ => return Err(format!("unknown option {argument}")),
        }
    }
    let name = plugins.first().map_or("plugin", |plugin| plugin.name);
    let socket = socket.unwrap_or_else(|| prefix.join(format!("{name}.socket")));
    Ok(Some(Options { dumps, socket }))
}

fn dump(plugins: &[Registration]) -> serde_json::Value {
    let plugins: Vec<_> = plugins
        .iter()
        .map(|plugin| {
            json!({
                "Name": plugin.name,
                "Priority": plugin.priority,
                "Version": plugin.version,
                "Phases": plugin.phase_names(),
                "Schema": plugin.schema(),
            })
        })
        .collect();
    json!({"Protocol": "Dragoman:1", "Plugins": plugins})
}

async fn listen(plugins: Rc<[Registration]>, socket: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(socket) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => return Err(cause),
        _ => (),
    }
    let listener = UnixListener::bind(socket)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (drain, drains) = watch::channel(false);
    let mut connections = JoinSet::new();
    let parent = std::os::unix::process::parent_id();
    let mut look = tokio::time::interval(PARENT_LOOK);
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    // out of file descriptors, perhaps: others may end meanwhile
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                };
                let serving = Connection::serve(stream, Rc::clone(&plugins), drains.clone());
                connections.spawn_local(async move {
                    if let Err(cause) = serving.await {
                        eprintln!("a connection ended: {cause}");
                    }
                });
            }
            Some(_) = connections.join_next() => (),
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = look.tick() => {
                if std::os::unix::process::parent_id() != parent {
                    break;
                }
            }
        }
    }
    drop(listener);
    let _ = std::fs::remove_file(socket);
    let _ = drain.send(true);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(DRAIN_MAX, ended).await;
    Ok(())
}
