package com.example;

import java.lang.reflect.Field;

/** Programs that end in all ways there are, with code that was hot before. */
public class Ends {
    static int hot(int from) {
        int sum = from;
        for (int i = 0; i < 100_000; i++) {
            sum = sum * 31 + i;
        }
        return sum;
    }

    static void crash() throws Exception {
        Field field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
        field.setAccessible(true);
        sun.misc.Unsafe unsafe = (sun.misc.Unsafe) field.get(null);
        unsafe.putInt(8, hot(1));
    }

    public static void main(String[] arguments) throws Exception {
        int sum = 0;
        for (int i = 0; i < 200; i++) {
            sum += hot(i);
        }
        System.out.println("hot " + sum);
        System.out.flush();
        switch (arguments[0]) {
        case "exit":
            System.exit(3);
            break;
        case "halt":
            Runtime.getRuntime().halt(4);
            break;
        case "crash":
            crash();
            break;
        case "throw":
            throw new IllegalStateException("as asked");
        case "start":
            new ProcessBuilder("true").start().waitFor();
            break;
        case "wait":
            Thread.sleep(60_000);
            break;
        default:
            break;
        }
    }
}
