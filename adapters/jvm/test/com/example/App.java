package com.example;

import java.util.Map;
import java.util.function.IntUnaryOperator;

/** Functions whose names, lines, inlining and deoptimizations are known. */
public class App {
    interface Shape {
        double area();
    }

    record Circle(double radius) implements Shape {
        public double area() {
            return 3.14 * radius * radius;
        }
    }

    record Square(double side) implements Shape {
        public double area() {
            return side * side;
        }
    }

    static int twice(int x) {
        return x + x; // line 25
    }

    static int thrice(int x) {
        return twice(x) + x; // line 29
    }

    static int work(int rounds, String[] words) {
        int sum = 0;
        for (int i = 0; i < rounds; i++) {
            sum += thrice(i) ^ words.length; // line 35
        }
        return sum;
    }

    static double areas(Shape[] shapes) {
        double sum = 0;
        for (Shape shape : shapes) {
            sum += shape.area(); // line 43: the class check fails when squares come
        }
        return sum;
    }

    static int entries(Map.Entry<String, int[]> entry, int[][] table, long a, boolean b) {
        int sum = b ? (int) a : 0;
        for (int[] row : table) {
            for (int cell : row) {
                sum = sum * 31 + cell + entry.getValue().length;
            }
        }
        return sum;
    }

    static int apply(IntUnaryOperator operator, int rounds) {
        int x = 1;
        for (int i = 0; i < rounds; i++) {
            x = operator.applyAsInt(x);
        }
        return x;
    }

    public static void main(String[] arguments) throws InterruptedException {
        int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1;
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        Shape[] circles = new Shape[1000];
        Shape[] squares = new Shape[1000];
        double total = 0;

        for (int i = 0; i < 1000; i++) {
            circles[i] = new Circle(i);
            squares[i] = new Square(i);
        }
        for (int i = 0; i < 3000; i++) {
            total += areas(circles);
        }
        for (int i = 0; i < 3000; i++) {
            total += areas(squares);
        }
        do {
            total += work(1_000_000, arguments);
            total += entries(Map.entry("a", new int[3]), new int[100][100], 3, true);
            total += apply(x -> x * 3 + 1, 100_000);
        } while (System.nanoTime() < end);
        System.out.println(total);
    }
}
