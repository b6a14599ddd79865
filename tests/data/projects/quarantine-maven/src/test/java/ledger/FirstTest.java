package ledger;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirstTest {
    @Test
    void put() {}

    @Test
    void putAll() {}

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void adds(int number) {}

    @Nested
    class Deeper {
        @Test
        void put() {}
    }
}
