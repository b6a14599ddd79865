package ledger;

import org.junit.jupiter.api.Test;

class SecondTest {
    @Test
    void put() {}
}
