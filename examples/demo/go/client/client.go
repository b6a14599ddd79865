// Package client asks a ledger server for balances and tries again when it is busy.
package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

const (
	attempts = 3
	pause    = 20 * time.Millisecond
)

// Balance asks the server at base for the balance of one account.
func Balance(base, account string) (string, error) {
	var last error
	for range attempts {
		balance, err := ask(base, account)
		if err == nil {
			return balance, nil
		}
		last = err
		time.Sleep(pause)
	}
	return "", fmt.Errorf("after %d attempts: %w", attempts, last)
}

func ask(base, account string) (string, error) {
	resp, err := http.Get(base + "/balance?account=" + url.QueryEscape(account))
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("server answered %s", resp.Status)
	}
	var answer struct{ Balance string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return "", err
	}
	return answer.Balance, nil
}
