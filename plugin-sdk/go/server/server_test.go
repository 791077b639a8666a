package server

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/internal/fakegateway"
	"github.com/Kong/go-pdk/internal/wire"
)

// asServer makes the test's own program a plugin server, so that options, signals and the end of processes are the real ones.
const asServer = "GO_SDK_TEST_AS_SERVER"

type config struct {
	Message string `json:"message"`
}

func (c *config) Access(kong *pdk.PDK) { _ = kong.Response.SetHeader("x-message", c.Message) }

func TestMain(m *testing.M) {
	switch os.Getenv(asServer) {
	case "":
		os.Exit(m.Run())
	case "parent": // starts a server, tells its pid, and goes away
		child := exec.Command(os.Args[0], os.Args[1:]...)
		child.Env = append(os.Environ(), asServer+"=server")
		if err := child.Start(); err != nil {
			panic(err)
		}
		fmt.Println(child.Process.Pid)
		time.Sleep(time.Hour)
	}
	constructor := func() interface{} { return &config{} }
	if err := Serve(Plugin{Name: "one", New: constructor, Version: "1.2", Priority: 5}, Plugin{Name: "two", New: constructor}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func program(mode string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asServer+"="+mode)
	return cmd
}

// waitForSocket waits until a server listens.
func waitForSocket(t *testing.T, path string, isThere bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		// The file is there from bind on; only who can connect knows that it listens.
		conn, err := net.Dial("unix", path)
		if err == nil {
			conn.Close()
		}
		if isThere && err == nil || !isThere && errors.Is(err, os.ErrNotExist) {
			return
		}
	}
	t.Fatalf("%s: there %v is not so", path, isThere)
}

func TestDump(t *testing.T) {
	for _, option := range []string{"-dump", "--dump"} {
		out, err := program("server", option).Output()
		if err != nil {
			t.Fatal(err)
		}
		want := `{"Protocol":"ProtoBuf:1","Protocols":["Dragoman:1","ProtoBuf:1"],"SocketPath":"/usr/local/kong/server.test.socket","Plugins":[{"Name":"one","Priority":5,"Version":"1.2","Phases":["access"],"Schema":` +
			`{"fields":[{"config":{"fields":[{"message":{"type":"string"}}],"type":"record"}}],"name":"one"}},{"Name":"two",`
		if !strings.HasPrefix(string(out), want) || !json.Valid(out) {
			t.Errorf("%s printed %s", option, out)
		}
	}
}

func TestWhereItListens(t *testing.T) {
	folder := t.TempDir()
	byOption, byPrefix := filepath.Join(folder, "o.sock"), filepath.Join(folder, filepath.Base(os.Args[0])+".socket")
	byVariable := filepath.Join(folder, "v.sock")
	cases := []struct {
		path string
		cmd  *exec.Cmd
	}{
		{byOption, program("server", "-socket", byOption, "-kong-prefix", folder)},
		{byPrefix, program("server", "--kong-prefix="+folder)},
		{byVariable, program("server", "-socket", byOption)},
	}
	cases[2].cmd.Env = append(cases[2].cmd.Env, socketVariable+"="+byVariable)
	for _, c := range cases {
		if err := c.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		waitForSocket(t, c.path, true)
		g := fakegateway.Dial(t, c.path)
		g.Start(1, "two", `{"message":"hi"}`)
		g.Send(1, wire.TypeEvent, fakegateway.Access(1, 1))
		if done := g.Done(1); len(done.Writes) != 1 || done.Writes[0].Value != "hi" {
			t.Errorf("%+v", done)
		}
		if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		g.Expect(0, wire.TypeDraining, nil)
		if err := c.cmd.Wait(); err != nil {
			t.Errorf("after SIGTERM: %v", err)
		}
		waitForSocket(t, c.path, false)
	}
}

func TestStaleSocketAndForeignFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	first := program("server", "-socket", path)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	waitForSocket(t, path, true)
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	second := program("server", "-socket", path)
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	defer second.Process.Kill()
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("unix", path); err == nil {
			conn.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal("the stale socket was not replaced")
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := program("server", "-socket", file).CombinedOutput()
	if err == nil {
		t.Error("a file that is no socket is in the way, and stays")
	}
	if !strings.Contains(string(said), "the plugin server ends: listen unix "+file+": ") {
		t.Errorf("it says nothing of its own: %s", said)
	}
	if content, _ := os.ReadFile(file); string(content) != "precious" {
		t.Error("the file is gone")
	}
}

func TestEndsWithItsParent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	parent := program("parent", "-socket", path)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	waitForSocket(t, path, true)
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	waitForSocket(t, path, false)
}
