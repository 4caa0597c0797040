/* The page that html.c fills in, made from page/ when jitney is built
 * (tools/embed). */
#ifndef JT_REPORT_PAGE_H
#define JT_REPORT_PAGE_H

extern const char jt_page_before_title[]; /* up to the text of <title> */
extern const char jt_page_before_data[];  /* up to the JSON */
extern const char jt_page_after_data[];

#endif
