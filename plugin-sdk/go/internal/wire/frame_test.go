package wire

import (
	"errors"
	"math/rand"
	"testing"
	"time"
)

// A stream of frames, cut at every byte, gives the same frames.
func TestFramesCutAnywhere(t *testing.T) {
	var data []byte
	for i, message := range []string{"", "a", "hello", string(make([]byte, 300))} {
		data = AppendFrame(data, uint32(i*1000), FrameType(i+1), []byte(message))
	}
	for cut := 0; cut <= len(data); cut++ {
		count, at := 0, 0
		for _, end := range []int{cut, len(data)} {
			for {
				frame, taken, needed, err := CutFrame(data[at:end], FrameBytesMax)
				if err != nil {
					t.Fatal(err)
				}
				if taken == 0 {
					if needed != 0 && needed <= end-at {
						t.Fatalf("cut %d: %d bytes are there, %d are needed", cut, end-at, needed)
					}
					break
				}
				if frame.Stream != uint32(count*1000) || frame.Type != FrameType(count+1) {
					t.Fatalf("cut %d: frame %d is %+v", cut, count, frame)
				}
				at += taken
				count++
			}
		}
		if count != 4 || at != len(data) {
			t.Fatalf("cut %d: %d frames, %d of %d bytes", cut, count, at, len(data))
		}
	}
}

func TestFrameLengths(t *testing.T) {
	for _, data := range [][]byte{{4, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0xff}, {17, 0, 0, 0}} {
		if _, _, _, err := CutFrame(data, 16); !errors.Is(err, ErrFrameLength) {
			t.Errorf("%v: %v", data, err)
		}
	}
}

// Whatever bytes come, decoding gives a message or ErrMalformed.
func TestMalformedMessages(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewSource(seed))
	base := Append(nil, &Hello{ProtocolVersions: []uint32{1}, Software: "x", Plugins: []PluginInfo{{Name: "p", Phases: []string{"access"}}}})
	event := Append(nil, &Event{Phase: Access, Instances: []uint32{1, 2}, ID: "id", StartMs: 7, Headers: "a: b\r\n"})
	for i := 0; i < 20_000; i++ {
		data := append([]byte{}, base...)
		if i%2 == 0 {
			data = append([]byte{}, event...)
		}
		for n := random.Intn(4); n >= 0; n-- {
			data[random.Intn(len(data))] = byte(random.Intn(256))
		}
		text := string(data[:random.Intn(len(data)+1)])
		var e Event
		for _, err := range []error{
			Decode(text, &Hello{}), Decode(text, &Started{}), e.Decode(text), second(DecodeValue(text)), second(DecodeDone(text)),
			second(DecodeCall(text)), second(DecodeChunkDone(text)),
		} {
			if err != nil && !errors.Is(err, ErrMalformed) {
				t.Fatalf("%x: %v", text, err)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestValuesNestedTooDeeply(t *testing.T) {
	var value any
	for i := 0; i <= valueDepthMax; i++ {
		value = []any{value}
	}
	if _, err := DecodeValue(string(AppendValue(nil, value))); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}
