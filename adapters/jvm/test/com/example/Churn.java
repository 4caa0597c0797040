package com.example;

import java.io.InputStream;

/** Classes come, get hot and go: with a small code cache their code is unloaded for real. */
public class Churn {
    /** Loaded anew by each loader. */
    public static class Passing implements Runnable {
        static int mix(int x) {
            return x * 31 + (x >>> 3);
        }

        int turn(int from) {
            int sum = from;
            for (int i = 0; i < 20_000; i++) {
                sum += mix(i);
            }
            return sum;
        }

        public void run() {
            int sum = 0;
            for (int i = 0; i < 60; i++) {
                sum += turn(i);
            }
            if (sum == 42) {
                System.out.println(sum);
            }
        }
    }

    static class Loader extends ClassLoader {
        private final byte[] bytes;

        Loader(byte[] bytes) {
            super(Churn.class.getClassLoader());
            this.bytes = bytes;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.endsWith("$Passing")) {
                return defineClass(name, bytes, 0, bytes.length);
            }
            return super.loadClass(name, resolve);
        }
    }

    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[0]);
        byte[] bytes;

        try (InputStream in = Churn.class.getResourceAsStream("Churn$Passing.class")) {
            bytes = in.readAllBytes();
        }
        for (int i = 0; i < rounds; i++) {
            Class<?> passing = new Loader(bytes).loadClass("com.example.Churn$Passing");
            ((Runnable) passing.getDeclaredConstructor().newInstance()).run();
            if (i % 20 == 19) {
                System.gc();
            }
        }
        System.gc();
        Thread.sleep(200);
        System.gc();
        Thread.sleep(200);
        System.out.println(rounds);
    }
}
