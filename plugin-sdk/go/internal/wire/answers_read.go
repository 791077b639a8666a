package wire

// The answers of a plugin server, read back: what the test harness and the tests do in a gateway's place.

// Answer is a Done, a Call or a ChunkDone as a gateway sees it; fields of the other messages are zero.
type Answer struct {
	Writes []Write
	Done
	Method string
	Args   []any
	Chunk  ChunkDone
	// Reads of a Done or a ChunkDone.
	Reads []string
}

// DecodeDone reads a Done.
func DecodeDone(data string) (a Answer, err error) {
	r := reader{data: data}
	for field, wireType := r.next(); field != 0 && err == nil; field, wireType = r.next() {
		switch {
		case field == 1 && wireType == wireBytes:
			err = a.addWrite(r.text())
		case field == 3 && wireType == wireBytes:
			a.Failure = r.text()
		case field == ReadsOfDone && wireType == wireBytes:
			a.Reads = append(a.Reads, r.text())
		case field == 7:
			a.PluginUs = r.uints(wireType, a.PluginUs)
		case wireType == wireVarint:
			a.setDone(field, r.uvarint())
		default:
			r.skip(wireType)
		}
	}
	if r.bad {
		err = ErrMalformed
	}
	return a, err
}

func (a *Answer) setDone(field int, value uint64) {
	switch field {
	case 2:
		a.Ran = uint32(value)
	case 4:
		a.KeepsContext = value != 0
	case 5:
		a.CacheMs = uint32(value)
	case 6:
		a.WantsBody = value != 0
	}
}

// DecodeCall reads a Call.
func DecodeCall(data string) (a Answer, err error) {
	r := reader{data: data}
	for field, wireType := r.next(); field != 0 && err == nil; field, wireType = r.next() {
		if wireType != wireBytes {
			r.skip(wireType)
			continue
		}
		switch text := r.text(); field {
		case 1:
			err = a.addWrite(text)
		case 2:
			a.Method = text
		case 3:
			var arg any
			arg, err = DecodeValue(text)
			a.Args = append(a.Args, arg)
		}
	}
	if r.bad {
		err = ErrMalformed
	}
	return a, err
}

// DecodeChunkDone reads a ChunkDone.
func DecodeChunkDone(data string) (a Answer, err error) {
	r := reader{data: data}
	for field, wireType := r.next(); field != 0 && err == nil; field, wireType = r.next() {
		switch {
		case field == 1 && wireType == wireBytes:
			a.Chunk.Data = []byte(r.text())
		case field == 2 && wireType == wireVarint:
			a.Chunk.IsLast = r.uvarint() != 0
		case field == 3 && wireType == wireVarint:
			a.Chunk.IsUnchanged = r.uvarint() != 0
		case field == 4 && wireType == wireBytes:
			err = a.addWrite(r.text())
		case field == 5 && wireType == wireBytes:
			a.Chunk.Failure = r.text()
		case field == ReadsOfChunkDone && wireType == wireBytes:
			a.Reads = append(a.Reads, r.text())
		default:
			r.skip(wireType)
		}
	}
	if r.bad {
		err = ErrMalformed
	}
	return a, err
}

// addWrite reads one Write.
func (a *Answer) addWrite(data string) (err error) {
	var w Write
	r := reader{data: data}
	for field, wireType := r.next(); field != 0 && err == nil; field, wireType = r.next() {
		switch {
		case field == 1 && wireType == wireVarint:
			w.Op = Op(r.uvarint())
		case field == 2 && wireType == wireBytes:
			w.Name = r.text()
		case field == 3 && wireType == wireBytes:
			w.Value = r.text()
		case field == 4 && wireType == wireVarint:
			w.Number = uint32(r.uvarint())
		case field == 5 && wireType == wireBytes:
			var arg any
			arg, err = DecodeValue(r.text())
			w.Args = append(w.Args, arg)
		default:
			r.skip(wireType)
		}
	}
	if r.bad {
		err = ErrMalformed
	}
	a.Writes = append(a.Writes, w)
	return err
}

// SplitWrites gives the messages of a list of encoded writes, whatever the number of their field.
func SplitWrites(data []byte) (list []string, err error) {
	r := reader{data: string(data)}
	for field, wireType := r.next(); field != 0; field, wireType = r.next() {
		if wireType != wireBytes {
			return nil, ErrMalformed
		}
		list = append(list, r.text())
	}
	if r.bad {
		return nil, ErrMalformed
	}
	return list, nil
}

// AppendRawWrite appends a write's message as a field.
func AppendRawWrite(b []byte, field int, message string) []byte {
	return appendPresentText(b, field, message)
}
