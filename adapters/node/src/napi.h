/* The part of Node-API that the adapter uses, declared here so that it builds without
 * Node's headers. The interface is stable: what is here is of version 4, which every Node from
 * 10.16 on has (node: doc/api/n-api.md, src/js_native_api.h). */
#ifndef NODE_ADAPTER_NAPI_H
#define NODE_ADAPTER_NAPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef struct napi_threadsafe_function__ *napi_threadsafe_function;
typedef napi_value (*napi_callback)(napi_env env, napi_callback_info info);
typedef void (*napi_threadsafe_function_call_js)(napi_env env, napi_value function, void *context,
                                                 void *data);

enum { NAPI_OK = 0, NAPI_NONBLOCKING = 0, NAPI_ABORT = 1 };
#define NAPI_AUTO_LENGTH ((size_t)-1)

int napi_create_function(napi_env env, const char *name, size_t bytes, napi_callback callback,
                         void *data, napi_value *result);
int napi_set_named_property(napi_env env, napi_value object, const char *name, napi_value value);
int napi_get_cb_info(napi_env env, napi_callback_info info, size_t *argc, napi_value *argv,
                     napi_value *self, void **data);
int napi_get_value_string_utf8(napi_env env, napi_value value, char *text, size_t room,
                               size_t *bytes);
int napi_get_value_double(napi_env env, napi_value value, double *result);
int napi_create_string_utf8(napi_env env, const char *text, size_t bytes, napi_value *result);
int napi_create_double(napi_env env, double value, napi_value *result);
int napi_get_undefined(napi_env env, napi_value *result);
int napi_add_env_cleanup_hook(napi_env env, void (*hook)(void *context), void *context);
int napi_call_function(napi_env env, napi_value self, napi_value function, size_t argc,
                       const napi_value *argv, napi_value *result);
int napi_create_threadsafe_function(napi_env env, napi_value function, napi_value resource,
                                    napi_value resource_name, size_t queue_limit, size_t threads,
                                    void *finalize_data, void *finalize, void *context,
                                    napi_threadsafe_function_call_js call_js,
                                    napi_threadsafe_function *result);
int napi_call_threadsafe_function(napi_threadsafe_function function, void *data, int mode);
int napi_unref_threadsafe_function(napi_env env, napi_threadsafe_function function);
int napi_release_threadsafe_function(napi_threadsafe_function function, int mode);

#endif
