import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Tells each test as a line behind a word that is read before any code under test is loaded, and kept by nobody else. */
public class RESULTS implements TestExecutionListener {
    private final byte[] word;
    private final OutputStream report;
    private final Map<String, Long> started = new HashMap<>();
    private TestPlan plan;

    public RESULTS() throws IOException {
        word = System.in.readAllBytes();
        report = new FileOutputStream("/dev/fd/9", true);
    }

    @Override
    public void testPlanExecutionStarted(TestPlan all) {
        plan = all;
    }

    @Override
    public synchronized void executionStarted(TestIdentifier test) {
        started.put(test.getUniqueId(), System.nanoTime());
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        tell(test, "skipped", "");
        for (TestIdentifier each : plan.getDescendants(test)) tell(each, "skipped", "");
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        Throwable why = result.getThrowable().orElse(null);
        String outcome = switch (result.getStatus()) {
            case SUCCESSFUL -> "passed";
            case ABORTED -> "skipped";
            case FAILED -> why instanceof AssertionError ? "failed" : "error";
        };
        String said = "";
        try {
            said = why == null ? "" : why.getMessage() == null ? why.toString() : why.getMessage();
        } catch (Throwable unsaid) {
            said = why.getClass().getName();
        }
        tell(test, outcome, said);
        if (outcome.equals("skipped")) {
            for (TestIdentifier each : plan.getDescendants(test)) tell(each, outcome, "");
        }
    }

    private synchronized void tell(TestIdentifier test, String outcome, String said) {
        if (!test.isTest() && (outcome.equals("passed") || outcome.equals("skipped"))) return;
        long nanoseconds = System.nanoTime() - started.getOrDefault(test.getUniqueId(), System.nanoTime());
        String name = test.isTest() ? test.getLegacyReportingName() : "";
        String line = " " + outcome + " " + nanoseconds + " " + hidden(classOf(test)) + " " + hidden(name) + " "
            + hidden(said.substring(0, Math.min(said.length(), 2000))) + "\n";
        try {
            report.write(10);
            report.write(word);
            report.write(line.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException error) {
            throw new IllegalStateException(error);
        }
    }

    private String classOf(TestIdentifier test) {
        for (TestIdentifier each = test; each != null; each = plan.getParent(each).orElse(null)) {
            if (each.getSource().orElse(null) instanceof ClassSource source) return source.getClassName();
        }
        return "";
    }

    private static String hidden(String text) {
        return "=" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
