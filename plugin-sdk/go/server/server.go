// Package server turns plugins into a plugin server: one call in main.
//
//	func main() {
//		if err := server.StartServer(New, "1.0.0", 1000); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// The program then knows these options, with one dash or two:
//
//	-dump               print what it offers, as JSON, and end: the gateway's query command
//	-socket PATH        listen there; $DRAGOMAN_PLUGIN_SERVER_SOCKET comes before it
//	-kong-prefix DIR    else listen on DIR/<program>.socket; default /usr/local/kong
//	-help               show the options
package server

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/Kong/go-pdk/internal/plugin"
	"github.com/Kong/go-pdk/internal/serve"
	"github.com/Kong/go-pdk/internal/wire"
)

// Plugin is one plugin of a server. The handlers are methods of what New gives; see the README for which there are.
type Plugin struct {
	// Name is what configurations call the plugin; "" is the name of the program.
	Name string
	// New gives a pointer to an empty configuration, a struct.
	New func() interface{}
	// Version is one to three numbers with dots.
	Version string
	// Priority orders plugins: the highest runs first.
	Priority int
	// ReadsRequestBody says that the plugin reads request bodies in access: one that has arrived comes with the event.
	ReadsRequestBody bool
}

// StartServer serves one plugin, which has the program's name. It returns when the server has been told to stop (SIGTERM,
// SIGINT, or its parent process is gone) and all that was under way is finished; with -dump, at once.
//
// The error is one of the plugin (no struct, a tag that cannot be read) or of the socket. It is logged, too: many a main does
// not look at it.
func StartServer(constructor func() interface{}, version string, priority int) error {
	return Serve(Plugin{New: constructor, Version: version, Priority: priority})
}

// Serve is StartServer for several plugins in one process. Beyond go-pdk.
func Serve(plugins ...Plugin) error {
	err := serveAll(plugins)
	if err != nil {
		log.Print("the plugin server ends: ", err)
	}
	return err
}

func serveAll(plugins []Plugin) error {
	options := parseOptions()
	program, err := programName()
	if err != nil {
		return err
	}
	list := make([]*plugin.Plugin, len(plugins))
	for i, p := range plugins {
		if p.Name == "" {
			p.Name = program
		}
		list[i] = &plugin.Plugin{
			Name: p.Name, New: p.New, Version: p.Version, Priority: p.Priority, ReadsRequestBody: p.ReadsRequestBody,
		}
	}
	s, err := serve.New(list)
	if err != nil {
		return err
	}
	if options.dump {
		return dump(os.Stdout, s, options.socketPath(program))
	}
	return listen(s, options.socketPath(program))
}

// listen serves on a socket until the process is told to stop.
func listen(s *serve.Server, path string) error {
	listener, remove, err := serve.Listen(path)
	if err != nil {
		return err
	}
	defer remove()
	log.Print("Listening on socket: ", path)
	return s.Serve(listener, stopRequests())
}

func programName() (string, error) {
	path, err := os.Executable()
	return filepath.Base(path), err
}

// dump prints the answer to the gateway's query command: Kong looks at Protocol and takes the first plugin, Dragoman takes
// the best of Protocols.
func dump(to io.Writer, s *serve.Server, socketPath string) error {
	type info struct {
		Name     string
		Priority int32
		Version  string
		Phases   []string
		Schema   json.RawMessage
	}
	answer := struct {
		Protocol   string
		Protocols  []string
		SocketPath string
		Plugins    []info
	}{Protocol: wire.Protocol, Protocols: []string{wire.Protocol}, SocketPath: socketPath}
	if s.SpeaksKong() {
		answer.Protocol = wire.KongProtocol
		answer.Protocols = append(answer.Protocols, wire.KongProtocol)
	}
	for _, p := range s.Infos() {
		phases := p.Phases
		if phases == nil {
			phases = []string{}
		}
		answer.Plugins = append(answer.Plugins, info{p.Name, p.Priority, p.Version, phases, p.Schema})
	}
	document, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(to, "%s\n", document)
	return err
}
