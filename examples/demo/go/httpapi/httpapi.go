// Package httpapi answers questions about balances over HTTP.
package httpapi

import (
	"encoding/json"
	"net"
	"net/http"

	"github.com/demo-org/ledger/go/money"
)

// Server serves balances on one address until it is closed.
type Server struct {
	http     http.Server
	balances map[string]money.Cents
}

// Listen starts a server on the address.
func Listen(addr string, balances map[string]money.Cents) (*Server, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Server{balances: balances}
	s.http.Handler = http.HandlerFunc(s.balance)
	go func() { _ = s.http.Serve(listener) }()
	return s, nil
}

// Close stops the server at once.
func (s *Server) Close() error {
	return s.http.Close()
}

func (s *Server) balance(w http.ResponseWriter, r *http.Request) {
	amount, known := s.balances[r.URL.Query().Get("account")]
	if !known {
		http.Error(w, "no such account", http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"balance": amount.String()})
}
