/* feed.h: pictures and pairs become a stream of records.
 *
 *     idc_feed how = {.tool = tool, .out = pump, .prepare = IDC_PREPARE_DEFAULT, .threads = 2};
 *     idc_feed_run(&how, source, &err);
 *
 * Records come in the order of the source, whichever thread is done first. The images of a pair come before it. A picture
 * that several neighbouring pairs name (within a window of items) is decoded and sent once; `uses` counts the pair records
 * that will name it, those left out that are known to fail: the count is exact, so that nothing stays behind
 * at the reader. A picture that cannot be decoded is an error record, each pair that needs it another one.
 */
#ifndef IDC_IMAGE_FEED_H
#define IDC_IMAGE_FEED_H

#include "image/prepare.h"
#include "image/source.h"
#include "wire/pump.h"

typedef struct idc_feed {
    idc_tool *tool;
    idc_pump *out;
    idc_prepare prepare;
    int threads; /* 1 … 256 */
} idc_feed;

/* Until the source ends or a signal comes. 0 also when items failed (the tool's status knows); a code when the output
 * failed or the source cannot go on. Holds the pictures of at most max(16, 2 · threads) items. */
int idc_feed_run(const idc_feed *how, idc_source *source, idc_error *err);

#endif
