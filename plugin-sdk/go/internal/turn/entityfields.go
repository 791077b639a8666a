package turn

// Fields of an entity in Go's types. A field of another type than expected is zero: entities are wider than their structs.

// TextIn gives a text of a table.
func TextIn(table map[string]any, key string) string {
	text, _ := table[key].(string)
	return text
}

// IntIn gives a whole number of a table.
func IntIn(table map[string]any, key string) int {
	number, _ := table[key].(float64)
	return int(number)
}

// BoolIn gives a truth of a table.
func BoolIn(table map[string]any, key string) bool {
	truth, _ := table[key].(bool)
	return truth
}

// TextsIn gives the texts of a list of a table; nil where there is no list of texts, or an empty one.
func TextsIn(table map[string]any, key string) []string {
	list, _ := table[key].([]any)
	var texts []string
	for _, item := range list {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// IDIn gives the id of an entity that a table refers to, as `{"service": {"id": ...}}`.
func IDIn(table map[string]any, key string) string {
	reference, _ := table[key].(map[string]any)
	return TextIn(reference, "id")
}
