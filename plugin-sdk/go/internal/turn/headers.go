package turn

// Headers of a snapshot, read without parsing what nobody asks for, and the changes that a plugin has made to them.
//
// Names are compared as in Kong: without case, and "-" equals "_".

import (
	"strings"

	"github.com/Kong/go-pdk/internal/wire"
)

// headersMax is how many headers Kong gives where no maximum is asked for.
const headersMax = 100

// headerOp is a change of a header.
type headerOp struct {
	op    opKind
	name  string
	value string
}

type opKind uint8

const (
	opSet opKind = iota
	opAdd
	opClear
)

// nameBytes maps each byte to what it is compared as.
var nameBytes = func() (table [256]byte) {
	for i := range table {
		table[i] = byte(i)
	}
	for c := 'A'; c <= 'Z'; c++ {
		table[c] = byte(c) + 'a' - 'A'
	}
	table['_'] = '-'
	return table
}()

func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if nameBytes[a[i]] != nameBytes[b[i]] {
			return false
		}
	}
	return true
}

// cutLine takes the first line off a head, "Name: value" without its line end.
func cutLine(head string) (name, value, rest string, ok bool) {
	line, rest, found := strings.Cut(head, "\r\n")
	if !found && line == "" {
		return "", "", "", false
	}
	name, value, _ = strings.Cut(line, ":")
	return name, strings.TrimLeft(value, " \t"), rest, true
}

// headerIn gives the first value of a name, after the changes.
func headerIn(head string, ops []headerOp, name string) (string, bool) {
	from := 0
	usesHead := true
	for i := range ops {
		if ops[i].op != opAdd && sameName(ops[i].name, name) {
			from, usesHead = i, false
		}
	}
	for rest := head; usesHead; {
		found, value, next, ok := cutLine(rest)
		if !ok {
			break
		}
		if sameName(found, name) {
			return value, true
		}
		rest = next
	}
	for i := from; i < len(ops); i++ {
		if ops[i].op != opClear && sameName(ops[i].name, name) {
			return ops[i].value, true
		}
	}
	return "", false
}

// headersIn gives all headers after the changes, names in lower case; ok is false where there are more than headersMax.
func headersIn(head string, ops []headerOp) (headers map[string][]string, ok bool) {
	headers = make(map[string][]string, 16)
	count := 0
	for rest := head; ; count++ {
		name, value, next, more := cutLine(rest)
		if !more {
			break
		}
		key := strings.ToLower(name)
		headers[key] = append(headers[key], value)
		rest = next
	}
	for i := range ops {
		applyOp(headers, &ops[i])
		if ops[i].op != opClear {
			count++
		}
	}
	return headers, count <= headersMax
}

func applyOp(headers map[string][]string, op *headerOp) {
	key := strings.ToLower(op.name)
	for existing := range headers {
		if !sameName(existing, op.name) {
			continue
		}
		if op.op == opAdd {
			key = existing
		} else {
			delete(headers, existing)
		}
	}
	if op.op != opClear {
		headers[key] = append(headers[key], op.value)
	}
}

// isToken says whether a name can be a header's: one character or more of RFC 9110's token.
func isToken(name string) bool {
	if name == "" {
		return false
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"(),/:;<=>?@[\\]{}", c) >= 0 {
			return false
		}
	}
	return true
}

// isPlain says whether a value has no control characters; a tab is one.
func isPlain(value string) bool {
	for i := 0; i < len(value); i++ {
		if value[i] < ' ' || value[i] == 0x7f {
			return false
		}
	}
	return true
}

// headerWrite describes a function that changes one header.
type headerWrite struct {
	method   string
	short    wire.Op
	op       opKind
	response bool
	// rule is that of the method.
	rule *rule
}

// headerWrites is by the number of the short form.
var headerWrites = func() (table [wire.OpResponseClearHeader + 1]headerWrite) {
	for _, w := range []headerWrite{
		{"kong.service.request.set_header", wire.OpServiceRequestSetHeader, opSet, false, nil},
		{"kong.service.request.add_header", wire.OpServiceRequestAddHeader, opAdd, false, nil},
		{"kong.service.request.clear_header", wire.OpServiceRequestClearHeader, opClear, false, nil},
		{"kong.response.set_header", wire.OpResponseSetHeader, opSet, true, nil},
		{"kong.response.add_header", wire.OpResponseAddHeader, opAdd, true, nil},
		{"kong.response.clear_header", wire.OpResponseClearHeader, opClear, true, nil},
	} {
		w.rule = rules[w.method]
		table[w.short] = w
	}
	return table
}()

// WriteHeader sets, adds or clears a header of the request to the Service or of the response.
func (h *Handle) WriteHeader(op wire.Op, name, value string) error {
	t, err := h.use()
	if err != nil {
		return err
	}
	defer h.mu.Unlock()
	w := &headerWrites[op]
	if t.asksAll || w.rule.phases&t.Event.Phase == 0 || !isToken(name) || !isPlain(value) {
		args := []any{name, value}
		if w.op == opClear {
			args = args[:1]
		}
		return t.write(w.method, args)
	}
	t.Writes = wire.AppendWrite(t.Writes, t.WritesField, &wire.Write{Op: op, Name: name, Value: value})
	if w.response {
		t.responseOps = append(t.responseOps, headerOp{w.op, name, value})
		return nil
	}
	t.requestOps = append(t.requestOps, headerOp{w.op, name, value})
	if len(name) == 4 && sameName(name, "host") {
		t.stale |= staleHost
	}
	return nil
}
