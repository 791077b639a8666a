package wire

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// Lengths around those where a varint grows, in nested messages too.
func TestLengths(t *testing.T) {
	for _, n := range []int{0, 1, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 255, 16_379, 16_383, 16_384, 70_000} {
		value := []any{strings.Repeat("x", n), Map{{"k", strings.Repeat("y", n)}}}
		back, err := DecodeValue(string(AppendValue(nil, value)))
		if err != nil || !reflect.DeepEqual(back, value) {
			t.Fatalf("%d: %v", n, err)
		}
	}
}

func TestNumbers(t *testing.T) {
	cases := map[any]any{
		int64(5): int64(5), 5.0: int64(5), -3.0: int64(-3), 0.5: 0.5, 1e300: 1e300, math.Inf(1): math.Inf(1),
		int64(1 << 60): float64(1 << 60), float64(integerMax): float64(integerMax), float64(integerMax - 1): int64(integerMax - 1),
	}
	for value, want := range cases {
		if back, err := DecodeValue(string(AppendValue(nil, value))); err != nil || back != want {
			t.Errorf("%v came back as %T %v, %v", value, back, back, err)
		}
	}
}

func TestNormalize(t *testing.T) {
	text := "x"
	var none *int
	cases := []struct{ value, want any }{
		{7, int64(7)}, {uint8(7), 7.0}, {float32(0.5), 0.5}, {&text, "x"}, {none, nil}, {[]string{"a"}, []any{"a"}},
		{map[string]int{"a": 1}, map[string]any{"a": int64(1)}}, {fmt.Errorf("why"), "why"}, {[3]bool{true}, []any{true, false, false}},
		{struct {
			A int `json:"a"`
		}{1}, map[string]any{"a": 1.0}},
	}
	for _, c := range cases {
		if got, err := Normalize(c.value); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%#v: %#v, %v", c.value, got, err)
		}
	}
}

func TestTextThatIsNoUTF8(t *testing.T) {
	back, _ := DecodeValue(string(AppendValue(nil, "caf\xe9")))
	if Plain(back) != "caf\xe9" {
		t.Errorf("%#v", back)
	}
}
