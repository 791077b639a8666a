package wire

// Event: the message of every request, read by hand.

// BodyState says where a body is.
type BodyState uint32

// States of a body in an Event.
const (
	BodyAsk BodyState = iota
	BodyNone
	BodyHere
)

// Source says where a response comes from.
type Source uint32

// Sources of a response.
const (
	SourceNone Source = iota
	SourceService
	SourceExit
	SourceError
)

// Event is one phase of one request. Its texts share memory with the message that it was read from.
type Event struct {
	Phase                Phase     `pb:"1"`
	Instances            []uint32  `pb:"2"`
	Request              uint32    `pb:"3"`
	DeadlineMs           uint32    `pb:"4"`
	ID                   string    `pb:"5"`
	Method               string    `pb:"6"`
	Target               string    `pb:"7"`
	HTTPVersion          uint32    `pb:"8"`
	Scheme               string    `pb:"9"`
	Host                 string    `pb:"10"`
	Port                 uint32    `pb:"11"`
	Headers              string    `pb:"12"`
	ClientIP             string    `pb:"13"`
	ClientPort           uint32    `pb:"14"`
	ForwardedIP          string    `pb:"15"`
	ForwardedPort        uint32    `pb:"16"`
	ForwardedScheme      string    `pb:"17"`
	ForwardedHost        string    `pb:"18"`
	ForwardedRequestPort uint32    `pb:"19"`
	Route                uint32    `pb:"20"`
	Service              uint32    `pb:"21"`
	Consumer             uint32    `pb:"22"`
	Credential           uint32    `pb:"23"`
	StartMs              uint64    `pb:"24,fixed"`
	BodyState            BodyState `pb:"25"`
	Body                 string    `pb:"26"`
	Shared               string    `pb:"27"`
	SharedIsPartial      bool      `pb:"28"`
	Status               uint32    `pb:"32"`
	ResponseHeaders      string    `pb:"33"`
	Source               Source    `pb:"34"`
	ServiceStatus        uint32    `pb:"35"`
	ResponseBodyState    BodyState `pb:"36"`
	ResponseBody         string    `pb:"37"`
	Plugin               string    `pb:"40"`
	Configs              []uint32  `pb:"41"`
}

// Decode fills the event from a message, keeping the memory of its lists. The error is ErrMalformed.
func (e *Event) Decode(data string) error {
	*e = Event{Instances: e.Instances[:0], Configs: e.Configs[:0]}
	r := reader{data: data}
	for {
		field, wireType := r.next()
		if field == 0 {
			break
		}
		switch wireType {
		case wireBytes:
			e.setText(&r, field)
		case wireVarint:
			e.setNumber(&r, field)
		case wireFixed64:
			if value := r.fixed64(); field == 24 {
				e.StartMs = value
			}
		default:
			r.skip(wireType)
		}
	}
	if r.bad {
		return ErrMalformed
	}
	return nil
}

func (e *Event) setText(r *reader, field int) {
	switch field {
	case 2:
		e.Instances = r.uints(wireBytes, e.Instances)
		return
	case 41:
		e.Configs = r.uints(wireBytes, e.Configs)
		return
	}
	text := r.text()
	if to := e.text(field); to != nil {
		*to = text
	}
}

// text gives the place of a field with text; nil for one that is not known.
func (e *Event) text(field int) *string {
	switch field {
	case 5:
		return &e.ID
	case 6:
		return &e.Method
	case 7:
		return &e.Target
	case 9:
		return &e.Scheme
	case 10:
		return &e.Host
	case 12:
		return &e.Headers
	case 13:
		return &e.ClientIP
	case 15:
		return &e.ForwardedIP
	case 17:
		return &e.ForwardedScheme
	case 18:
		return &e.ForwardedHost
	case 26:
		return &e.Body
	case 27:
		return &e.Shared
	case 33:
		return &e.ResponseHeaders
	case 37:
		return &e.ResponseBody
	case 40:
		return &e.Plugin
	}
	return nil
}

func (e *Event) setNumber(r *reader, field int) {
	value := uint32(r.uvarint())
	switch field {
	case 1:
		e.Phase = Phase(value)
	case 2:
		e.Instances = append(e.Instances, value)
	case 25:
		e.BodyState = BodyState(value)
	case 28:
		e.SharedIsPartial = value != 0
	case 34:
		e.Source = Source(value)
	case 36:
		e.ResponseBodyState = BodyState(value)
	case 41:
		e.Configs = append(e.Configs, value)
	default:
		if to := e.number(field); to != nil {
			*to = value
		}
	}
}

// number gives the place of a field with a plain number; nil for one that is not known.
func (e *Event) number(field int) *uint32 {
	switch field {
	case 3:
		return &e.Request
	case 4:
		return &e.DeadlineMs
	case 8:
		return &e.HTTPVersion
	case 11:
		return &e.Port
	case 14:
		return &e.ClientPort
	case 16:
		return &e.ForwardedPort
	case 19:
		return &e.ForwardedRequestPort
	case 20:
		return &e.Route
	case 21:
		return &e.Service
	case 22:
		return &e.Consumer
	case 23:
		return &e.Credential
	case 32:
		return &e.Status
	case 35:
		return &e.ServiceStatus
	}
	return nil
}
