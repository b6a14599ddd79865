// Package session knows who is signed in, and on which devices.
package session

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
)

// MaxDevices is how many devices a user may be signed in on; main sets it from the configuration.
var MaxDevices = 3

// Session is one user on one device.
type Session struct {
	Token  string
	User   string
	Device string
}

// Manager holds the sessions of all users; it may be used by several goroutines.
type Manager struct {
	mu       sync.Mutex
	sessions map[string][]Session
}

// NewManager returns a manager with nobody signed in.
func NewManager() *Manager {
	return &Manager{sessions: map[string][]Session{}}
}

// SignIn opens a session; where a user has too many, the oldest ends.
func (m *Manager) SignIn(user, device string) Session {
	m.mu.Lock()
	defer m.mu.Unlock()
	opened := Session{Token: newToken(), User: user, Device: device}
	all := append(m.sessions[user], opened)
	if len(all) > MaxDevices {
		all = all[len(all)-MaxDevices:]
	}
	m.sessions[user] = all
	return opened
}

// Devices lists where a user is signed in, the oldest session first.
func (m *Manager) Devices(user string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var devices []string
	for _, session := range m.sessions[user] {
		devices = append(devices, session.Device)
	}
	return devices
}

// Valid reports whether a token belongs to a session that is open.
func (m *Manager) Valid(token string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, sessions := range m.sessions {
		for _, session := range sessions {
			if session.Token == token {
				return true
			}
		}
	}
	return false
}

func newToken() string {
	var data [16]byte
	if _, err := rand.Read(data[:]); err != nil {
		panic(err)
	}
	return hex.EncodeToString(data[:])
}
