package routing

// Channel is a kind of contact that an agent's capacity is counted for. The set is
// closed so that a configuration can never leave a contact without its channel.
type Channel uint8

// The values of Channel; the first is the default.
const (
	ChannelVoice    Channel = iota // a call
	ChannelVideo                   // a video call
	ChannelChat                    // a live chat
	ChannelMessage                 // an asynchronous message thread
	ChannelEmail                   // an e-mail
	ChannelCallback                // a call that we place because the customer asked for it
	ChannelTask                    // work without a customer on the line
	ChannelOther                   // anything else
)

var channelNames = [...]string{"voice", "video", "chat", "message", "email", "callback", "task", "other"}

// String returns the name used in configurations, scenarios and facts.
func (v Channel) String() string { return enumName("channel", channelNames[:], uint8(v)) }

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (v Channel) MarshalText() ([]byte, error) { return enumText("channel", channelNames[:], uint8(v)) }

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (v *Channel) UnmarshalText(text []byte) error {
	return enumParse("channel", channelNames[:], text, v)
}
