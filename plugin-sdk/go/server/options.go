package server

import (
	"flag"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// socketVariable names the environment variable with the path of the socket.
const socketVariable = "DRAGOMAN_PLUGIN_SERVER_SOCKET"

// parentInterval is how often a server looks whether its parent process is still there.
const parentInterval = time.Second

// The options are part of the program's own, as in go-pdk: a plugin may define more with package flag before it calls
// StartServer.
var (
	kongPrefix = flag.String("kong-prefix", "/usr/local/kong", "folder of the socket, <program>.socket")
	dumpInfo   = flag.Bool("dump", false, "print what the server offers, as JSON, and end")
	showHelp   = flag.Bool("help", false, "show the options")
)

type options struct {
	dump   bool
	prefix string
	socket string
}

// parseOptions reads the command line; wrong options and -help end the process with status 2, as package flag does.
func parseOptions() options {
	if flag.Lookup("socket") == nil {
		flag.String("socket", "", "path of the socket, in place of the one in -kong-prefix")
	}
	flag.Parse()
	if *showHelp {
		flag.Usage()
		os.Exit(2)
	}
	return options{*dumpInfo, *kongPrefix, flag.Lookup("socket").Value.String()}
}

func (o options) socketPath(program string) string {
	if path := os.Getenv(socketVariable); path != "" {
		return path
	}
	if o.socket != "" {
		return o.socket
	}
	return filepath.Join(o.prefix, program+".socket")
}

// stopRequests gives the reason to stop: a signal, or that the parent process is gone.
func stopRequests() <-chan string {
	reasons := make(chan string, 1)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	parent := os.Getppid()
	ticker := time.NewTicker(parentInterval)
	go func() {
		defer ticker.Stop()
		for {
			select {
			case s := <-signals:
				reasons <- "the plugin server got " + s.String()
				return
			case <-ticker.C:
				if os.Getppid() != parent {
					reasons <- "the plugin server's parent process is gone"
					return
				}
			}
		}
	}()
	return reasons
}
