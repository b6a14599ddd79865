package session

import (
	"fmt"
	"slices"
	"testing"
)

func TestTokenIsValid(t *testing.T) {
	manager := NewManager()
	session := manager.SignIn("ann", "phone")
	if !manager.Valid(session.Token) {
		t.Error("the token of an open session is not valid")
	}
	if manager.Valid("") {
		t.Error("no token is valid")
	}
}

func TestSignInOnThreeDevices(t *testing.T) {
	manager := NewManager()
	devices := []string{"phone", "tablet", "desk"}
	for _, device := range devices {
		manager.SignIn("ann", device)
	}
	if got := manager.Devices("ann"); !slices.Equal(got, devices) {
		t.Errorf("ann is signed in on %d devices, want all three", len(got))
	}
}

func TestOldestDeviceIsSignedOut(t *testing.T) {
	MaxDevices = 1
	manager := NewManager()
	first := manager.SignIn("ann", "phone")
	manager.SignIn("ann", "desk")
	if manager.Valid(first.Token) {
		t.Error("the first session is still open")
	}
}

func TestManyDevices(t *testing.T) {
	MaxDevices = 100
	manager := NewManager()
	for number := range 100 {
		manager.SignIn("kiosk", fmt.Sprintf("screen %d", number))
	}
	if got := len(manager.Devices("kiosk")); got != 100 {
		t.Errorf("the kiosk is signed in on %d screens, want 100", got)
	}
}
