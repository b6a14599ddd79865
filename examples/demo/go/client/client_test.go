package client

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demo-org/ledger/go/httpapi"
	"github.com/demo-org/ledger/go/money"
)

func TestBalanceFromRealServer(t *testing.T) {
	balances := map[string]money.Cents{"rent": -80000, "cash": 12050, "bank": 0}
	server, err := httpapi.Listen("127.0.0.1:18089", balances)
	require.NoError(t, err)
	defer server.Close()

	for account, want := range balances {
		got, err := Balance("http://127.0.0.1:18089", account)
		require.NoError(t, err)
		assert.Equal(t, want.String(), got)
	}
	_, err = Balance("http://127.0.0.1:18089", "none")
	assert.ErrorContains(t, err, "404 Not Found")
}

func TestBalanceGivesUpOnErrors(t *testing.T) {
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "busy", http.StatusServiceUnavailable)
	}))
	defer busy.Close()

	start := time.Now()
	_, err := Balance(busy.URL, "cash")
	require.ErrorContains(t, err, "503 Service Unavailable")
	assert.GreaterOrEqual(t, time.Since(start), attempts*pause)
}
