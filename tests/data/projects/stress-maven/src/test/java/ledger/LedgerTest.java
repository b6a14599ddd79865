package ledger;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private static int count(String name) throws IOException {
        Path file = Path.of(name);
        int number = Files.exists(file) ? Integer.parseInt(Files.readString(file)) + 1 : 1;
        Files.writeString(file, Integer.toString(number));
        return number;
    }

    @Test
    void everyThird() throws IOException {
        assertNotEquals(0, count("third.count") % 3, "the balance is wrong");
    }

    @Test
    void fine() {}

    @Test
    @Disabled
    void skipped() {}
}
