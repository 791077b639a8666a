package kong_plugin_protocol

// Getters of arguments and results, as protoc makes them: of a nil message they give zero.

func (x *String) GetV() (v string) {
	if x != nil {
		v = x.V
	}
	return v
}

func (x *ByteString) GetV() (v []byte) {
	if x != nil {
		v = x.V
	}
	return v
}

func (x *Int) GetV() (v int32) {
	if x != nil {
		v = x.V
	}
	return v
}

func (x *Number) GetV() (v float64) {
	if x != nil {
		v = x.V
	}
	return v
}

func (x *Bool) GetV() (v bool) {
	if x != nil {
		v = x.V
	}
	return v
}

func (x *KV) GetK() (v string) {
	if x != nil {
		v = x.K
	}
	return v
}

func (x *KV) GetV() (v Value) {
	if x != nil {
		v = x.V
	}
	return v
}

func (x *Target) GetHost() (v string) {
	if x != nil {
		v = x.Host
	}
	return v
}

func (x *Target) GetPort() (v int32) {
	if x != nil {
		v = x.Port
	}
	return v
}

func (x *ConsumerSpec) GetId() (v string) {
	if x != nil {
		v = x.Id
	}
	return v
}

func (x *ConsumerSpec) GetByUsername() (v bool) {
	if x != nil {
		v = x.ByUsername
	}
	return v
}

func (x *AuthenticateArgs) GetConsumer() (v *Consumer) {
	if x != nil {
		v = x.Consumer
	}
	return v
}

func (x *AuthenticateArgs) GetCredential() (v *AuthenticatedCredential) {
	if x != nil {
		v = x.Credential
	}
	return v
}

func (x *ExitArgs) GetStatus() (v int32) {
	if x != nil {
		v = x.Status
	}
	return v
}

func (x *ExitArgs) GetBody() (v []byte) {
	if x != nil {
		v = x.Body
	}
	return v
}

func (x *ExitArgs) GetHeaders() (v Struct) {
	if x != nil {
		v = x.Headers
	}
	return v
}

func (x *UriCapturesResult) GetUnnamed() (v [][]byte) {
	if x != nil {
		v = x.Unnamed
	}
	return v
}

func (x *UriCapturesResult) GetNamed() (v map[string][]byte) {
	if x != nil {
		v = x.Named
	}
	return v
}

func (x *RawBodyResult) GetKind() (v isRawBodyResult_Kind) {
	if x != nil {
		v = x.Kind
	}
	return v
}

func (x *RawBodyResult) GetContent() (v []byte) {
	if kind, ok := x.GetKind().(*RawBodyResult_Content); ok {
		v = kind.Content
	}
	return v
}

func (x *RawBodyResult) GetBodyFilepath() (v string) {
	if kind, ok := x.GetKind().(*RawBodyResult_BodyFilepath); ok {
		v = kind.BodyFilepath
	}
	return v
}

func (x *RawBodyResult) GetError() (v string) {
	if kind, ok := x.GetKind().(*RawBodyResult_Error); ok {
		v = kind.Error
	}
	return v
}
