package httpapi

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demo-org/ledger/go/money"
)

const testAddr = "127.0.0.1:18089"

func get(t *testing.T, path string) (int, string) {
	t.Helper()
	resp, err := http.Get("http://" + testAddr + path)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

func TestBalanceOverHTTP(t *testing.T) {
	server, err := Listen(testAddr, map[string]money.Cents{"cash": 12050})
	require.NoError(t, err)
	defer server.Close()

	status, body := get(t, "/balance?account=cash")
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"balance":"120.50"}`, body)

	status, _ = get(t, "/balance?account=none")
	assert.Equal(t, http.StatusNotFound, status)
}
