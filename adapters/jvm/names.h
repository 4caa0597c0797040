/* Names the way a Java programmer writes them, from the signatures that the JVM
 * gives (Java Virtual Machine Specification, 4.3). */
#ifndef JVM_NAMES_H
#define JVM_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JVM_NAME_BYTES = 1024 }; /* room for a name; longer ones are cut */

/* A class, its method and the types: `Lcom/example/App;`, `work`, `(I[Ljava/lang/String;)V`. */
struct jvm_signature {
    const char *class_name; /* also without L and ;, and with dots */
    const char *method;
    const char *types;
};

/* Write `com.example.App.work(int, String[])` and a NUL into `name`, which has `room` bytes. Hidden
 * classes (lambdas) lose the number that differs from run to run. Methods that the JVM makes to
 * link method handles may differ in what they return alone: ` -> int` follows. */
void jvm_name_write(const struct jvm_signature *signature, char *name, size_t room);

/* Write the class alone: `com.example.App`. */
void jvm_name_write_class(const char *class_name, char *name, size_t room);

/* Write the path of a source file: `com/example/App.java` for `Lcom/example/App$Inner;` and
 * `App.java`. */
void jvm_name_write_file(const char *class_name, const char *file, char *path, size_t room);

/* A number for the method that is the same for all ways to write its class; never 0. */
uint64_t jvm_name_key(const struct jvm_signature *signature);

/* A signature in pieces of text of its own. */
struct jvm_split {
    struct jvm_signature signature;
    size_t used;
    char text[2 * JVM_NAME_BYTES];
};

/* Take apart `com.example.App work (I)V` as HotSpot's compilation log writes it, or
 * `com.example.App.work(I)V` as its other logs do. False when it is neither or too long. */
bool jvm_name_split(const char *text, struct jvm_split *split);

#endif
