#include "methods.h"

#include "names.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_METHODS = 50000, /* kept; then they are asked for anew */
    MOST_LINES = 65536,   /* a method has no more bytes of code than that */
};

/* What the JVM gave, to be given back. */
struct answers {
    char *method;
    char *types;
    char *class_name;
    char *file;
    jvmtiLineNumberEntry *lines;
    jint line_count;
};

void jvm_methods_init(struct jvm_methods *methods, jvmtiEnv *jvmti, struct jitney_session *session)
{
    memset(methods, 0, sizeof(*methods));
    methods->jvmti = jvmti;
    methods->session = session;
    pthread_mutex_init(&methods->lock, NULL);
}

void jvm_methods_release(struct jvm_methods *methods)
{
    jvm_table_release(&methods->by_key, NULL);
    jvm_table_release(&methods->by_id, free);
    pthread_mutex_destroy(&methods->lock);
}

void jvm_methods_begin(struct jvm_methods *methods)
{
    pthread_mutex_lock(&methods->lock);
    if (methods->users == 0 && methods->by_id.count > MOST_METHODS) {
        jvm_table_release(&methods->by_key, NULL);
        jvm_table_release(&methods->by_id, free);
    }
    methods->users++;
    pthread_mutex_unlock(&methods->lock);
}

void jvm_methods_end(struct jvm_methods *methods)
{
    pthread_mutex_lock(&methods->lock);
    methods->users--;
    pthread_mutex_unlock(&methods->lock);
}

/* ---- asking the JVM ---- */

static void give_back(jvmtiEnv *jvmti, void *memory)
{
    if (memory)
        (*jvmti)->Deallocate(jvmti, memory);
}

static void give_all_back(jvmtiEnv *jvmti, struct answers *answers)
{
    give_back(jvmti, answers->method);
    give_back(jvmti, answers->types);
    give_back(jvmti, answers->class_name);
    give_back(jvmti, answers->file);
    give_back(jvmti, answers->lines);
}

static bool ask(jvmtiEnv *jvmti, JNIEnv *jni, jmethodID id, struct answers *answers)
{
    jclass class = NULL;
    bool is_known = false;

    if ((*jvmti)->GetMethodName(jvmti, id, &answers->method, &answers->types, NULL) ||
        (*jvmti)->GetMethodDeclaringClass(jvmti, id, &class))
        return false;
    is_known = (*jvmti)->GetClassSignature(jvmti, class, &answers->class_name, NULL) == 0;
    if ((*jvmti)->GetSourceFileName(jvmti, class, &answers->file))
        answers->file = NULL;
    if ((*jvmti)->GetLineNumberTable(jvmti, id, &answers->line_count, &answers->lines)) {
        answers->line_count = 0;
        answers->lines = NULL;
    }
    if (jni)
        (*jni)->DeleteLocalRef(jni, class);
    return is_known && answers->method && answers->types && answers->class_name;
}

/* ---- keeping it ---- */

static int compare_lines(const void *a, const void *b)
{
    const struct jvm_line *x = a, *y = b;

    return x->bci < y->bci ? -1 : x->bci > y->bci;
}

static void keep_lines(struct jvm_method *method, const struct answers *answers)
{
    for (jint i = 0; i < answers->line_count && i < MOST_LINES; i++) {
        const jvmtiLineNumberEntry *row = &answers->lines[i];

        if (row->start_location < 0 || row->start_location > UINT16_MAX || row->line_number <= 0)
            continue;
        method->lines[method->line_count++] =
            (struct jvm_line){(uint32_t)row->start_location, (uint32_t)row->line_number};
    }
    qsort(method->lines, method->line_count, sizeof(method->lines[0]), compare_lines);
    method->first_line = method->line_count ? method->lines[0].line : 0;
}

/* One piece of memory for all of it. */
static struct jvm_method *make_method(const struct answers *answers)
{
    struct jvm_signature signature = {answers->class_name, answers->method, answers->types};
    char name[JVM_NAME_BYTES], file[JVM_NAME_BYTES] = "";
    struct jvm_method *method = NULL;
    size_t rows = answers->line_count > 0 ? (size_t)answers->line_count : 0;
    size_t name_bytes = 0, head = 0;
    char *text = NULL;

    rows = rows > MOST_LINES ? MOST_LINES : rows;
    head = sizeof(*method) + rows * sizeof(method->lines[0]);
    jvm_name_write(&signature, name, sizeof(name));
    if (answers->file)
        jvm_name_write_file(answers->class_name, answers->file, file, sizeof(file));
    name_bytes = strlen(name) + 1;
    method = calloc(1, head + name_bytes + strlen(file) + 1);
    if (!method)
        return NULL;
    text = (char *)method + head;
    memcpy(text, name, name_bytes);
    memcpy(text + name_bytes, file, strlen(file) + 1);
    method->name = text;
    method->file = *file ? text + name_bytes : NULL;
    method->key = jvm_name_key(&signature);
    keep_lines(method, answers);
    return method;
}

static void define(struct jvm_methods *methods, const struct answers *answers,
                   struct jvm_method *method)
{
    char class_name[JVM_NAME_BYTES];
    struct jitney_function function = {.size = sizeof(function),
                                       .name = method->name,
                                       .name_space = class_name,
                                       .file = method->file,
                                       .line = method->first_line,
                                       .primitive_index = -1};

    jvm_name_write_class(answers->class_name, class_name, sizeof(class_name));
    jitney_function_define(methods->session, &function, &method->function);
}

/* Another thread may have asked for the same method meanwhile: the first one stays. */
static struct jvm_method *keep(struct jvm_methods *methods, jmethodID id, struct answers *answers,
                               struct jvm_method *method)
{
    const struct jvm_method *same = NULL;
    struct jvm_method *kept = NULL;

    pthread_mutex_lock(&methods->lock);
    kept = jvm_table_find(&methods->by_id, (uint64_t)(uintptr_t)id);
    if (!kept && jvm_table_put(&methods->by_id, (uint64_t)(uintptr_t)id, method)) {
        /* Classes of one name in several loaders, and lambdas, are one function. */
        same = jvm_table_find(&methods->by_key, method->key);
        if (same)
            method->function = same->function;
        else
            define(methods, answers, method);
        jvm_table_put(&methods->by_key, method->key, method);
        kept = method;
        method = NULL;
    }
    pthread_mutex_unlock(&methods->lock);
    free(method);
    return kept;
}

const struct jvm_method *jvm_methods_get(struct jvm_methods *methods, JNIEnv *jni, jmethodID id)
{
    struct answers answers = {0};
    struct jvm_method *method = NULL;

    if (!id)
        return NULL;
    pthread_mutex_lock(&methods->lock);
    method = jvm_table_find(&methods->by_id, (uint64_t)(uintptr_t)id);
    pthread_mutex_unlock(&methods->lock);
    if (method)
        return method;
    if (ask(methods->jvmti, jni, id, &answers))
        method = make_method(&answers);
    if (method)
        method = keep(methods, id, &answers, method);
    give_all_back(methods->jvmti, &answers);
    return method;
}

const struct jvm_method *jvm_methods_linker(struct jvm_methods *methods, char *name, char *types)
{
    static char class_name[] = "Ljava/lang/invoke/MethodHandle;", file[] = "MethodHandle.java";
    struct answers answers = {
        .method = name, .types = types, .class_name = class_name, .file = file};
    struct jvm_method *method = make_method(&answers);
    jmethodID id = NULL;

    if (!method)
        return NULL;
    /* It has no id of its own. */
    memcpy(&id, &method->key, sizeof(id));
    return keep(methods, id, &answers, method);
}

const struct jvm_method *jvm_methods_find(struct jvm_methods *methods, uint64_t key)
{
    const struct jvm_method *method = NULL;

    pthread_mutex_lock(&methods->lock);
    method = jvm_table_find(&methods->by_key, key);
    pthread_mutex_unlock(&methods->lock);
    return method;
}

uint32_t jvm_method_line(const struct jvm_method *method, int64_t bci)
{
    uint32_t low = 0, high = method->line_count;

    if (bci < 0) /* the entry of a method has numbers below 0 */
        return method->first_line;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (method->lines[middle].bci <= (uint64_t)bci)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? method->lines[low - 1].line : method->first_line;
}
